// The canvas on OpenTUI's test renderer: the whole way from lines to cells, and no terminal.

import type { Theme } from "@bot-bottle/view"
import { createTestRenderer } from "@opentui/core/testing"
import { attachCanvas, type CanvasEvents, type OpenCanvas } from "../open-canvas.ts"

export interface TestCanvas extends AsyncDisposable {
  readonly canvas: OpenCanvas
  readonly keys: Awaited<ReturnType<typeof createTestRenderer>>["mockInput"]
  readonly mouse: Awaited<ReturnType<typeof createTestRenderer>>["mockMouse"]
  /** Bytes of the terminal, as one packet. */
  send(bytes: Uint8Array): void
  resize(columns: number, rows: number): void
  /** Paints what was asked for. */
  renderOnce(): Promise<void>
  /** The cells as text. */
  text(): string
}

export interface TestCanvasOptions {
  readonly columns: number
  readonly rows: number
  readonly theme: Theme
  readonly events?: Partial<CanvasEvents>
}

export async function openTestCanvas({ columns, rows, theme, events }: TestCanvasOptions): Promise<TestCanvas> {
  const setup = await createTestRenderer({ width: columns, height: rows })
  const nothing = () => {}
  const canvas = attachCanvas(
    setup.renderer,
    { theme, guess: theme, mouse: true, environment: {} },
    {
      ...{ onKey: nothing, onPaste: nothing, onClick: nothing, onScroll: nothing },
      ...{ onResize: nothing, onDestroyed: nothing },
      ...events,
    },
  )
  return {
    canvas,
    keys: setup.mockInput,
    mouse: setup.mockMouse,
    send: (bytes) => void setup.renderer.stdin.emit("data", Buffer.from(bytes)),
    resize: setup.resize,
    renderOnce: setup.renderOnce,
    text: setup.captureCharFrame,
    [Symbol.asyncDispose]: setup.dispose,
  }
}
