import { expect, test } from "bun:test"
import { terminalKind } from "./terminal-kind.ts"

// biome-ignore format: a table
test.each([
  // environment                                              chosen       theme       guess       glyphs
  [{ TERM: "xterm-256color", LANG: "en_US.UTF-8" },           "auto",      "auto",     "terminal", "unicode"],
  [{ TERM: "xterm-256color", LANG: "C.utf8", COLORFGBG: "15;0" }, "auto",  "auto",     "dark",     "unicode"],
  [{ TERM: "xterm-256color", LANG: "C.utf8", COLORFGBG: "0;15" }, "auto",  "auto",     "light",    "unicode"],
  [{ TERM: "linux" },                                         "auto",      "terminal", "terminal", "ascii"],
  [{ TERM: "vt100", LC_ALL: "C", LANG: "en_US.UTF-8" },       "auto",      "terminal", "terminal", "ascii"],
  [{ TERM: "xterm", COLORTERM: "truecolor", LANG: "C.UTF-8" }, "auto",     "auto",     "terminal", "unicode"],
  [{ TERM: "xterm-256color", LANG: "C.UTF-8" },               "light",     "light",    "light",    "unicode"],
] as const)("%j with theme %p", (environment: Readonly<Record<string, string>>, chosen, theme, guess, glyphs) => {
  const kind = terminalKind({ find: (name) => environment[name], colorAllowed: true }, chosen)
  expect(kind).toEqual({ theme, guess, glyphs })
})

test("NO_COLOR beats everything", () => {
  expect(terminalKind({ find: () => "xterm-256color", colorAllowed: false }, "dark").theme).toBe("none")
})
