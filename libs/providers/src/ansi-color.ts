// Turns a run's color into the number a terminal knows it by.

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const
const FOREGROUND = 30
const BRIGHT_FOREGROUND = 90

/** The SGR parameter; that of no color for `""` and for names that are none of the 16. */
export function ansiColorCode(color: string): number {
  const name = color.replace(/^bright-/, "")
  const index = (NAMES as readonly string[]).indexOf(name)
  if (index === -1) return 0
  return index + (name === color ? FOREGROUND : BRIGHT_FOREGROUND)
}
