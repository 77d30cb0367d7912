// Colors for the roles: for dark and light terminals, for sixteen colors, and for none.
//
// Text that matters has the terminal's own foreground, so nothing is lost where these colors are
// not seen. Index 8 is invisible on Solarized and 9 to 15 on light backgrounds: neither is used.

import type { Role, Span } from "./line.ts"

export type Theme = "dark" | "light" | "terminal" | "none"

/** `color` is `#rrggbb`, an ANSI index from 0 to 7, or the terminal's own. */
export interface Style {
  readonly color: `#${string}` | number | "default"
  readonly isBold: boolean
  readonly isDim: boolean
}

type Named = Exclude<Role, `label:${string}`>
type Base = Pick<Style, "color"> & { readonly isDim?: boolean; readonly isBold?: boolean }

// biome-ignore format: a table
const COLORS: Readonly<Record<Exclude<Theme, "none">, Readonly<Record<Named, Base>>>> = {
  dark: {
    text: { color: "default" }, dim: { color: "#868b99" }, accent: { color: "#7fb4ca" },
    warn: { color: "#e6c384" }, bad: { color: "#e86671" }, ok: { color: "#98bb6c" }, cold: { color: "#8ea4e0" },
    spark: { color: "#587f90" }, reserved: { color: "#5d8799" }, track: { color: "#3b3f4a" }, line: { color: "#4a4f5c" },
  },
  light: {
    text: { color: "default" }, dim: { color: "#646979" }, accent: { color: "#1f6f8b" },
    warn: { color: "#8a5a00" }, bad: { color: "#b3261e" }, ok: { color: "#3a7520" }, cold: { color: "#3f53b0" },
    spark: { color: "#4f8ea6" }, reserved: { color: "#5a97ae" }, track: { color: "#cfd3da" }, line: { color: "#c2c7d0" },
  },
  terminal: {
    text: { color: "default" }, dim: { color: "default", isDim: true }, accent: { color: 6 },
    warn: { color: 3 }, bad: { color: 1 }, ok: { color: 2 }, cold: { color: 4 },
    spark: { color: 6, isDim: true }, reserved: { color: 6, isDim: true },
    track: { color: "default", isDim: true }, line: { color: "default", isDim: true },
  },
}

const NO_COLOR: Readonly<Record<Named, Omit<Style, "color">>> = {
  text: { isBold: false, isDim: false },
  dim: { isBold: false, isDim: true },
  accent: { isBold: true, isDim: false },
  warn: { isBold: true, isDim: false },
  bad: { isBold: true, isDim: false },
  ok: { isBold: false, isDim: false },
  cold: { isBold: false, isDim: false },
  spark: { isBold: false, isDim: true },
  reserved: { isBold: false, isDim: true },
  track: { isBold: false, isDim: true },
  line: { isBold: false, isDim: true },
}

// The sixteen names of a run's color, tuned so that each can be read on both kinds of background.
const HUES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const
const DARK_HUES = ["#9da3b4", "#e86671", "#98bb6c", "#e6c384", "#7f9cf0", "#c099e0", "#6fc0cf", "#d5d9e2"] as const
const LIGHT_HUES = ["#3b3f4a", "#b3261e", "#3a7520", "#8a5a00", "#3f53b0", "#8a3aa8", "#1f6f8b", "#5a5f6d"] as const

export const SELECTED_BACKGROUND = { dark: "#232833", light: "#e9eef3" } as const

export function styleOf({ role, bold }: Span, theme: Theme): Style {
  if (role.startsWith("label:")) return { color: labelColor(role.slice(6), theme), isBold: bold === true, isDim: false }
  const named = role as Named
  if (theme === "none") {
    const style = NO_COLOR[named]
    return { color: "default", isBold: style.isBold || bold === true, isDim: style.isDim && bold !== true }
  }
  const { color, isDim = false } = COLORS[theme][named]
  return { color, isBold: bold === true, isDim }
}

function labelColor(name: string, theme: Theme): Style["color"] {
  const hue = HUES.findIndex((known) => name === known || name === `bright-${known}`)
  if (hue < 0) return "default"
  switch (theme) {
    case "none":
      return "default"
    case "dark":
      return DARK_HUES[hue] ?? "default"
    case "light":
      return LIGHT_HUES[hue] ?? "default"
    case "terminal":
      // Black on dark and white on light are the background.
      return hue === 0 || hue === 7 ? "default" : hue
  }
}
