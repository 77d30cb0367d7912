// Draws the README's picture of the dashboard, docs/dashboard.svg: the screen's own process in a
// terminal, with the sample host, and what that terminal shows. `dashboard-picture.test.ts` fails
// when the file is out of date.
//
//   bun tools/dashboard-picture.ts

import { join } from "node:path"
import { SAMPLE_PROGRAM } from "@bot-bottle/tui/testing"
import { Terminal } from "@xterm/headless"
import { ROOT } from "./sources.ts"
import { drawTerminal } from "./terminal-picture.ts"

export const PICTURE = join(ROOT, "docs/dashboard.svg")

const SIZE = { cols: 140, rows: 32 }
const LABEL = "The dashboard: ten runs, their budgets, and the requests of one"
const COLORS = { text: "#dcdfe6", background: "#16181d", palette: [] }

export async function drawPicture(): Promise<string> {
  const emulator = new Terminal({ ...SIZE, allowProposedApi: true, scrollback: 0 })
  const { promise: whole, resolve: onWhole } = Promise.withResolvers<void>()
  const child = Bun.spawn([process.execPath, SAMPLE_PROGRAM], {
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" },
    terminal: {
      ...SIZE,
      data(_, chunk) {
        emulator.write(new Uint8Array(chunk), () => isWhole(emulator) && onWhole())
      },
    },
  })
  emulator.onData((answer) => child.terminal?.write(answer))
  const hasEnded = child.exited.then((exitCode) => {
    throw new Error(`The screen ended with exit code ${exitCode} before it was drawn`)
  })
  await Promise.race([whole, hasEnded])
  const picture = drawTerminal(emulator, { label: LABEL, ...COLORS })
  hasEnded.catch(() => {})
  child.kill("SIGKILL")
  await child.exited
  emulator.dispose()
  return picture
}

/** The footer is written last. */
function isWhole({ buffer, rows }: Terminal): boolean {
  const lastLine = buffer.active.getLine(buffer.active.viewportY + rows - 1)
  return lastLine?.translateToString(true).includes("quit") === true
}

if (import.meta.main) await Bun.write(PICTURE, await drawPicture())
