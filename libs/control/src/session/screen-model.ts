// The content of an agent's terminal while nobody is attached, so that it can be drawn for a client
// that attaches. It has text, colors, cursor and the modes in which keys mean what they did.
//
// A program asks its terminal things; while nobody has joined, the answers come from here.

import type { TerminalSize } from "@bot-bottle/guest"
import { SerializeAddon } from "@xterm/addon-serialize"
import { Terminal } from "@xterm/headless"
import { createBoundedOutput } from "./bounded-output.ts"

/** Lines above the screen that are drawn again, too. */
const SCROLLBACK = 500

export interface ScreenModel {
  /** Resolves when the bytes are part of the screen. */
  write(bytes: Uint8Array): Promise<void>
  resize(size: TerminalSize): void
  /** The text that makes a terminal of this size show the same; with the lines above, for a new one. */
  redraw(options?: { readonly withScrollback: boolean }): Promise<string>
}

export function createScreenModel(size: TerminalSize, onAnswer: (text: string) => void): ScreenModel {
  const terminal = new Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  })
  const serializer = new SerializeAddon()
  // Written against the browser's terminal; it uses what both have.
  terminal.loadAddon(serializer as unknown as Parameters<Terminal["loadAddon"]>[0])
  const modes = watchModes(terminal)
  const bounded = createBoundedOutput()
  terminal.onData(onAnswer)
  return {
    write: (bytes) => new Promise((done) => terminal.write(bounded.read(bytes), done)),
    resize: ({ columns, rows }) => terminal.resize(columns, rows),
    redraw: ({ withScrollback } = { withScrollback: false }) =>
      new Promise((done) => {
        const draw = () => serializer.serialize({ scrollback: withScrollback ? SCROLLBACK : 0 })
        // After everything that was written before.
        terminal.write("", () => done(`${CLEAR}${draw()}${modes.text()}`))
      }),
  }
}

/** Everything an agent may have set, off; then an empty screen. */
const CLEAR =
  "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?25h\x1b[0m\x1b[H\x1b[2J"

/** Private modes that the serializer leaves out: cursor shown, how mouse reports are written, focus reports. */
const PRIVATE_MODES = [25, 1004, 1005, 1006, 1015, 1016] as const
const ON_AT_FIRST: ReadonlySet<number> = new Set([25])

/** Modes of the terminal and its keyboard, as last set. */
function watchModes(terminal: Terminal) {
  const set = new Map<(typeof PRIVATE_MODES)[number], boolean>()
  const kitty: string[] = []
  let otherKeys = ""
  const notePrivate = (on: boolean) => (params: (number | number[])[]) => {
    for (const mode of PRIVATE_MODES) if (params.includes(mode)) set.set(mode, on)
    return false
  }
  const text = (params: (number | number[])[]) => params.flat().slice(0, 4).join(";")
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, notePrivate(true))
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, notePrivate(false))
  terminal.parser.registerCsiHandler({ prefix: ">", final: "u" }, (params) => {
    kitty.push(text(params))
    if (kitty.length > 16) kitty.shift()
    return false
  })
  terminal.parser.registerCsiHandler({ prefix: "<", final: "u" }, (params) => {
    const [count] = params
    kitty.splice(-Math.max(1, typeof count === "number" ? count : 1))
    return false
  })
  terminal.parser.registerCsiHandler({ prefix: ">", final: "m" }, (params) => {
    otherKeys = text(params)
    return false
  })
  return {
    text: () =>
      [
        ...PRIVATE_MODES.filter((mode) => set.has(mode) && set.get(mode) !== ON_AT_FIRST.has(mode)).map(
          (mode) => `\x1b[?${mode}${set.get(mode) ? "h" : "l"}`,
        ),
        ...(kitty.length === 0 ? [] : [`\x1b[>${kitty.at(-1)}u`]),
        ...(otherKeys === "" ? [] : [`\x1b[>${otherKeys}m`]),
      ].join(""),
  }
}
