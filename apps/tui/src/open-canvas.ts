// The terminal, taken over by OpenTUI: a canvas for the session, and its keys and mouse.
//
// No mouse motion, no kitty keyboard, no console of its own. The library's own list of what the
// environment means is replaced: it would turn the sixteen colors into RGB on terminals that have
// their own.

import type { Theme } from "@bot-bottle/view"
import { CliRenderEvents, type CliRenderer, createCliRenderer, RGBA } from "@opentui/core"
import { createInterruptWatch } from "./interrupt-watch.ts"
import { keyName } from "./key-name.ts"
import { createKeyReader } from "./key-reader.ts"
import { ScreenRenderable } from "./screen-renderable.ts"
import type { Canvas } from "./screen-session.ts"

export interface CanvasOptions {
  readonly theme: Theme | "auto"
  /** For `auto`, until the terminal has answered. */
  readonly guess: Theme
  readonly mouse: boolean
  readonly environment: Readonly<Record<string, string>>
}

export interface CanvasEvents {
  onKey(key: string): void
  onPaste(text: string): void
  onClick(column: number, row: number): void
  onScroll(direction: "up" | "down"): void
  onResize(): void
  /** The terminal is restored, whoever asked for it. */
  onDestroyed(): void
}

export interface OpenCanvas extends Canvas {
  close(): Promise<void>
}

/** Of keys that are held. News comes less often: `draw-pace.ts`. */
const MAX_FPS = 30

export async function openCanvas(options: CanvasOptions, events: CanvasEvents): Promise<OpenCanvas> {
  const renderer = await createCliRenderer({
    exitOnCtrlC: false,
    // `main.ts` decides what a signal does.
    exitSignals: [],
    useMouse: options.mouse,
    enableMouseMovement: false,
    useKittyKeyboard: null,
    consoleMode: "disabled",
    openConsoleOnError: false,
    maxFps: MAX_FPS,
    targetFps: MAX_FPS,
    backgroundColor: RGBA.defaultBackground(),
    environment: { ...options.environment, TERM: "xterm-256color", OPENTUI_GRAPHICS: "0" },
    onDestroy: () => events.onDestroyed(),
  })
  return attachCanvas(renderer, options, events)
}

/** Everything but opening the terminal: a test renderer goes through it as well. */
export function attachCanvas(renderer: CliRenderer, options: CanvasOptions, events: CanvasEvents): OpenCanvas {
  const theme = options.theme === "auto" ? (renderer.themeMode ?? options.guess) : options.theme
  const screen = new ScreenRenderable(renderer, { theme, mouse: events })
  renderer.root.add(screen)
  renderer.setCursorPosition(0, 0, false)
  const interrupts = createInterruptWatch({
    after: (ms, work) => void setTimeout(work, ms),
    onInterrupt: () => events.onKey("ctrl-c"),
  })
  const press = (key: string) => {
    interrupts.reported()
    events.onKey(key)
  }
  const reader = createKeyReader({
    onKey: press,
    onPaste: (text) => events.onPaste(text),
    readAgain: (sequence) => void renderer.stdin.emit("data", Buffer.from(sequence)),
  })
  renderer.prependInputHandler((sequence) => reader.take(sequence))
  renderer.keyInput.on("keypress", (key) => {
    const name = keyName(key)
    if (name === undefined) interrupts.reported()
    else press(name)
  })
  const hear = (bytes: Uint8Array) => {
    reader.heard(bytes)
    interrupts.heard(bytes)
  }
  // Before the library, which reports the keys in these bytes at once.
  renderer.stdin.prependListener("data", hear)
  renderer.keyInput.on("paste", ({ bytes }) => events.onPaste(new TextDecoder().decode(bytes)))
  renderer.on(CliRenderEvents.RESIZE, () => events.onResize())
  if (options.theme === "auto") {
    renderer.on(CliRenderEvents.THEME_MODE, (mode: "dark" | "light") => screen.setTheme(mode))
  }

  let isAside = false

  return {
    get columns() {
      return renderer.width
    },
    get rows() {
      return renderer.height
    },
    paint: ({ lines }) => screen.show(lines),
    setTitle(title) {
      // After its end the library has freed what a title is written with.
      if (renderer.isDestroyed) return
      try {
        renderer.setTerminalTitle(title)
      } catch {
        // It refuses while the terminal is not its own. A title is not worth the screen.
      }
    },
    copy: (text) => void renderer.copyToClipboardOSC52(text),
    setMouse({ on }) {
      renderer.useMouse = on
    },
    repaint() {
      // The library redraws everything when a size that it was told changes back, and only then.
      const { width, height } = renderer
      renderer.requestResize(width, height - 1)
      renderer.requestResize(width, height)
    },
    async stepAside() {
      isAside = true
      // Read here, a key of the program that has the terminal now would be lost to it.
      renderer.stdin.off("data", hear)
      await renderer.suspend()
    },
    async stepBack() {
      await renderer.resume()
      renderer.stdin.prependListener("data", hear)
      isAside = false
    },
    async close() {
      // The library would restore the terminal once more, and move the cursor of who has it now.
      if (isAside) return
      renderer.destroy()
      await renderer.closed
    },
  }
}
