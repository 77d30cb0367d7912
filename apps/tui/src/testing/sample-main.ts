// The screen on the terminal it is started in, fed with the sample at the sample's own time: the
// same bytes each time. For pictures; ends with its terminal.

import { BINDINGS } from "@bot-bottle/view"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { openCanvas } from "../open-canvas.ts"
import { createScreenSession } from "../screen-session.ts"

const nothing = () => {}
const canvas = await openCanvas(
  { theme: "dark", guess: "dark", mouse: false, environment: { COLORTERM: "truecolor" } },
  {
    ...{ onKey: nothing, onPaste: nothing, onClick: nothing, onScroll: nothing, onResize: nothing },
    onDestroyed: () => process.exit(0),
  },
)
const session = createScreenSession(canvas, {
  glyphs: "unicode",
  nowMs: () => SAMPLE_NOW_MS,
  zoneOffsetMs: () => 0,
  send: nothing,
  onQuit: nothing,
})
await session.take({
  ...{ kind: "setup", theme: "dark", guess: "dark", glyphs: "unicode", mouse: false, keys: {} },
  commands: BINDINGS.flatMap(({ command }) => command ?? []),
  place: null,
})
await session.take({ kind: "events", events: [...sampleEvents()] })
session.draw()
