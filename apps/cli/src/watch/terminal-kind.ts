// Which theme and which marks the operator's terminal can show, as far as its environment says.

import type { Env } from "../env.ts"

export type ThemeChoice = "auto" | "dark" | "light" | "terminal"

export interface TerminalKind {
  readonly theme: ThemeChoice | "none"
  /** For `auto`, until the terminal has answered. */
  readonly guess: "dark" | "light" | "terminal"
  readonly glyphs: "unicode" | "ascii"
}

export function terminalKind(
  { find, colorAllowed }: Pick<Env, "find" | "colorAllowed">,
  chosen: ThemeChoice,
): TerminalKind {
  const locale = find("LC_ALL") ?? find("LC_CTYPE") ?? find("LANG") ?? ""
  const glyphs = /utf-?8/i.test(locale) ? "unicode" : "ascii"
  if (!colorAllowed) return { theme: "none", guess: "terminal", glyphs }
  const isRich =
    /256color|direct|kitty|ghostty|alacritty|foot|wezterm/.test(find("TERM") ?? "") || find("COLORTERM") !== undefined
  if (chosen !== "auto") return { theme: chosen, guess: chosen, glyphs }
  if (!isRich) return { theme: "terminal", guess: "terminal", glyphs }
  return { theme: "auto", guess: guessFrom(find("COLORFGBG")), glyphs }
}

/** `15;0`: the last number is the background; 7 and 9 up are light. */
function guessFrom(text: string | undefined): "dark" | "light" | "terminal" {
  const background = Number(/;(\d+)$/.exec(text ?? "")?.[1] ?? Number.NaN)
  if (Number.isNaN(background)) return "terminal"
  return background === 7 || background > 8 ? "light" : "dark"
}
