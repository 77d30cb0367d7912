// Puts an ordered choice on the terminal. Clack has pickers for one thing and for a set; the
// merge order of bottles is neither, so this one reads the keys itself and looks like them.

import { emitKeypressEvents, type Key } from "node:readline"
import { beginChoice, type Choice, type ChoiceKey, type OrderedChoice, pressKey, viewChoice } from "./ordered-choice.ts"
import type { Paint } from "./paint.ts"

export interface OrderedPickerOptions {
  readonly message: string
  readonly choices: readonly Choice[]
  readonly chosen: readonly string[]
  readonly paint: Paint
}

const KEYS: Readonly<Record<string, ChoiceKey>> = {
  up: { kind: "up" },
  down: { kind: "down" },
  left: { kind: "earlier" },
  right: { kind: "later" },
  space: { kind: "toggle" },
  backspace: { kind: "erase" },
}
const HELP = "type to filter · ↑↓ move · space choose · ←→ change order · enter confirm · esc cancel"

/** Names in merge order, or undefined when the operator left with Esc or Ctrl-C. */
export function pickInOrder({
  message,
  choices,
  chosen,
  paint,
}: OrderedPickerOptions): Promise<readonly string[] | undefined> {
  const { stdin, stdout } = process
  let state = beginChoice(choices, chosen)
  let drawn = 0

  const draw = () => {
    const lines = [
      "│",
      `${paint.named("cyan", "◆")}  ${message}`,
      ...viewChoice(state).map((line) => `${paint.named("cyan", "│")}  ${highlight(line, paint)}`),
      `${paint.named("cyan", "└")}  ${paint.dim(HELP)}`,
    ].map((line) => fit(line, stdout.columns || 80))
    stdout.write(`${erase(drawn)}${lines.join("\n")}\n`)
    drawn = lines.length
  }

  return new Promise((answer) => {
    const finish = (result: OrderedChoice | undefined) => {
      stdin.off("keypress", onKey)
      stdin.setRawMode(false)
      stdin.pause()
      const names = result?.chosen
      const told = names === undefined ? paint.dim("cancelled") : paint.dim(names.join(", "))
      stdout.write(`${erase(drawn)}│\n${paint.named("green", "◇")}  ${message}\n│  ${told}\n\x1b[?25h`)
      answer(names)
    }
    const onKey = (text: string | undefined, key: Key) => {
      if (key.name === "escape" || (key.ctrl === true && (key.name === "c" || key.name === "d")))
        return finish(undefined)
      if (key.name === "return" || key.name === "enter") {
        if (state.chosen.length > 0) return finish(state)
        state = { ...state, complaint: "choose at least one bottle with space" }
        return draw()
      }
      const pressed = KEYS[key.name ?? ""] ?? typed(text)
      if (pressed === undefined) return
      state = pressKey(state, pressed)
      draw()
    }

    emitKeypressEvents(stdin)
    stdin.setRawMode(true)
    stdin.resume()
    stdin.on("keypress", onKey)
    stdout.write("\x1b[?25l")
    draw()
  })
}

function typed(text: string | undefined): ChoiceKey | undefined {
  return text !== undefined && /^[a-zA-Z0-9-]$/.test(text) ? { kind: "text", text } : undefined
}

function highlight(line: string, paint: Paint): string {
  if (line.startsWith(">")) return paint.bold(line)
  return line.startsWith("!") ? paint.named("yellow", line) : line
}

function erase(lines: number): string {
  return lines === 0 ? "" : `\x1b[${lines}A\x1b[0J`
}

/** A line that wraps would make the next redraw erase too little. */
function fit(line: string, columns: number): string {
  if (Bun.stringWidth(line) < columns) return line
  return `${Bun.stripANSI(line).slice(0, Math.max(0, columns - 2))}…`
}
