import { expect, test } from "bun:test"
import type { Role } from "./line.ts"
import { styleOf, type Theme } from "./palette.ts"

const BACKGROUNDS = { dark: ["#000000", "#1e1e1e"], light: ["#ffffff", "#fdf6e3", "#eff1f5"] } as const
const TEXT: readonly Role[] = ["dim", "accent", "warn", "bad", "ok", "cold"]
const GRAPHS: readonly Role[] = ["spark", "reserved"]
const NAMES = ["red", "green", "yellow", "blue", "magenta", "cyan", "bright-red", "bright-cyan"]
const LABELS = NAMES.map((name): Role => `label:${name}`)

// biome-ignore format: a table
const CASES = (["dark", "light"] as const).flatMap((theme) => [
  ...TEXT.map((role) => [theme, role, 4.5] as const),
  ...LABELS.map((role) => [theme, role, 3.5] as const),
  ...GRAPHS.map((role) => [theme, role, 2.4] as const),
])

test.each(CASES)("%s: %s has a contrast of at least %p", (theme, role, least) => {
  const { color } = styleOf({ text: "", role }, theme)
  for (const background of BACKGROUNDS[theme]) expect(contrast(String(color), background)).toBeGreaterThanOrEqual(least)
})

test("the text itself has the terminal's own color in every theme", () => {
  const colors = (["dark", "light", "terminal", "none"] as const).map(
    (theme) => styleOf({ text: "", role: "text" }, theme).color,
  )
  expect(colors).toEqual(["default", "default", "default", "default"])
})

test("sixteen colors: only the indexes that every scheme shows", () => {
  const roles = [
    ...TEXT,
    ...GRAPHS,
    ...LABELS,
    "track",
    "line",
    "label:white",
    "label:black",
    "label:unknown",
  ] as Role[]
  const colors = roles.map((role) => styleOf({ text: "", role }, "terminal").color)
  expect(colors.filter((color) => color !== "default" && !(Number(color) >= 1 && Number(color) <= 6))).toEqual([])
})

test("NO_COLOR: no color at all", () => {
  const theme: Theme = "none"
  expect(
    [...TEXT, ...GRAPHS, ...LABELS]
      .map((role) => styleOf({ text: "", role }, theme).color)
      .every((color) => color === "default"),
  ).toBe(true)
})

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
