// Colors: the sixteen ANSI names and two weights. Off means plain text, same words.

const COLOR_CODES: Readonly<Record<string, number>> = {
  black: 30,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  white: 37,
  "bright-black": 90,
  "bright-red": 91,
  "bright-green": 92,
  "bright-yellow": 93,
  "bright-blue": 94,
  "bright-magenta": 95,
  "bright-cyan": 96,
  "bright-white": 97,
}

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  /** Unknown or empty names leave the text as it is. */
  named(color: string, text: string): string
}

export function createPaint(on: boolean): Paint {
  if (!on) return { bold: asIs, dim: asIs, named: (_, text) => text }
  return {
    bold: (text) => `\x1b[1m${text}\x1b[22m`,
    dim: (text) => `\x1b[2m${text}\x1b[22m`,
    named: (color, text) => {
      const code = COLOR_CODES[color]
      return code === undefined ? text : `\x1b[${code}m${text}\x1b[39m`
    },
  }
}

function asIs(text: string): string {
  return text
}
