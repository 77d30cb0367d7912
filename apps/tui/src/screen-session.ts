// One screen from its first message to its last: keeps the view and the operator's choices,
// answers keys, and hands a picture to whatever paints it. Knows no terminal.
//
// A picture is drawn when something changed, at most seven times a second, and once a second for
// the ages of the rows that are shown.

import type { ScreenIntent, ScreenOrder } from "@bot-bottle/contracts"
import {
  applyEvent,
  countsOf,
  drawScreen,
  EMPTY_VIEW,
  FIRST_STATE,
  type HostView,
  type Intent,
  noticeOf,
  type Pressed,
  pasteText,
  placeOf,
  pressKey,
  runningNotice,
  type Screen,
  type ScreenState,
  selectRow,
  stateAt,
  type UsageFigure,
} from "@bot-bottle/view"

export interface Canvas {
  readonly columns: number
  readonly rows: number
  paint(screen: Screen): void
  setTitle(title: string): void
  copy(text: string): void
  setMouse(options: { readonly on: boolean }): void
  repaint(): void
  /** The terminal is the caller's until `stepBack`. */
  stepAside(): Promise<void>
  stepBack(): Promise<void>
}

export interface SessionOptions {
  readonly glyphs: "unicode" | "ascii"
  readonly nowMs: () => number
  readonly zoneOffsetMs: (nowMs: number) => number
  send(intent: ScreenIntent): void
  onQuit(): void
}

export interface ScreenSession {
  take(order: ScreenOrder): Promise<void>
  press(key: string): void
  paste(text: string): void
  click(column: number, row: number): void
  scroll(direction: "up" | "down"): void
  /** Draws what there is now, when it differs from what is shown. */
  draw(): void
}

export function createScreenSession(canvas: Canvas, options: SessionOptions): ScreenSession {
  const { nowMs, send } = options
  let view: HostView = EMPTY_VIEW
  /** The picture that is shown while the operator pauses it. */
  let held: HostView | undefined
  let state: ScreenState = FIRST_STATE
  let shown: Screen = { lines: [], spots: [], maxScroll: 0 }
  let shownKey = ""
  let title = ""
  let isAside = false

  const context = () => ({
    // An answer is for the runs as they are, also while the picture is paused.
    view: state.dialog === undefined ? (held ?? view) : view,
    nowMs: nowMs(),
    pageRows: Math.max(1, canvas.rows - 8),
    maxScroll: shown.maxScroll,
  })

  function draw(): void {
    if (isAside) return
    const now = nowMs()
    const { columns, rows } = canvas
    const zoneOffsetMs = options.zoneOffsetMs(now)
    shown = drawScreen({ view: held ?? view, state, nowMs: now, zoneOffsetMs, columns, rows, glyphs: options.glyphs })
    const key = keyOf(shown)
    if (key !== shownKey) canvas.paint(shown)
    shownKey = key
    const counts = countsOf(view, now).map(({ text }) => text)
    const wanted = ["bot-bottle", ...counts].join(" ")
    if (wanted !== title) canvas.setTitle(wanted)
    title = wanted
  }

  function settle(pressed: Pressed): void {
    const before = state
    state = pressed.state
    if (state.isHeld !== before.isHeld) held = state.isHeld ? view : undefined
    for (const intent of pressed.intents) carryOut(intent)
    const place = placeOf(state)
    if (JSON.stringify(place) !== JSON.stringify(placeOf(before))) send({ kind: "place", place })
    draw()
  }

  function carryOut(intent: Intent): void {
    switch (intent.kind) {
      case "quit":
        send({ kind: "quit" })
        options.onQuit()
        return
      case "copy":
        canvas.copy(intent.text)
        return
      case "mouse":
        canvas.setMouse({ on: intent.on })
        return
      case "repaint":
        canvas.repaint()
        return
      case "terminal":
      case "shell":
        isAside = true
        canvas.stepAside().then(
          () => send(intent),
          () => options.onQuit(),
        )
        return
      case "run": {
        const [command] = intent.commands
        const text = `running ${command?.join(" ") ?? ""}${intent.commands.length > 1 ? ` and ${intent.commands.length - 1} more` : ""}`
        state = { ...state, notice: runningNotice(text) }
        send(intent)
        return
      }
      case "read-usage":
      case "read-past":
      case "read-requests":
      case "read-changes":
        send(intent)
        return
      case "read-page":
        send({ ...intent, columns: Math.max(1, canvas.columns) })
    }
  }

  async function take(order: ScreenOrder): Promise<void> {
    switch (order.kind) {
      case "setup":
        state = stateAt(order.place, {
          ...state,
          mouse: order.mouse,
          keys: order.keys,
          commands: new Set(order.commands),
        })
        break
      case "events":
        view = order.events.reduce(applyEvent, view)
        return
      case "usage":
        if (order.by === state.usageBy) {
          state = { ...state, usage: { days: order.days.map(figureOf), rows: order.rows.map(figureOf) } }
        }
        break
      case "past":
        // A page that was asked for twice is taken once.
        if (order.after === null) state = { ...state, past: order.rows }
        else if (state.past.at(-1)?.slug === order.after) state = { ...state, past: [...state.past, ...order.rows] }
        break
      case "requests":
        state = { ...state, pastRequests: new Map(state.pastRequests).set(order.slug, order.rows) }
        break
      case "page":
        state = { ...state, pages: new Map(state.pages).set(`${order.page} ${order.slug}`, order.lines) }
        break
      case "changes":
        if (order.count !== null) state = { ...state, changes: new Map(state.changes).set(order.slug, order.count) }
        break
      case "outcome": {
        const { text, hint, is_problem: isProblem } = order
        const notice = noticeOf(text, { nowMs: nowMs(), isProblem, ...(hint === null ? {} : { hint }) })
        state = { ...state, notice }
        break
      }
      case "return":
        await canvas.stepBack()
        isAside = false
        shownKey = ""
        break
      case "quit":
        options.onQuit()
        return
    }
    draw()
  }

  return {
    take,
    draw,
    press: (key) => settle(pressKey(state, key, context())),
    paste: (text) => settle(pasteText(state, text)),
    click(column, row) {
      const spot = shown.spots.find((each) => each.row === row && column >= each.from && column < each.to)
      if (spot === undefined) return
      settle(
        spot.does.kind === "key"
          ? pressKey(state, spot.does.key, context())
          : selectRow(state, spot.does.id, context()),
      )
    },
    scroll: (direction) => settle(pressKey(state, direction, context())),
  }
}

function keyOf({ lines }: Screen): string {
  return lines
    .map(({ spans, selected, faded }) => {
      const text = spans.map((span) => `${span.text}\x1f${span.role}${span.bold ? "\x1eb" : ""}`).join("\x1d")
      return `${selected ? "s" : ""}${faded ? "f" : ""}${text}`
    })
    .join("\n")
}

type UsageOrder = Extract<ScreenOrder, { readonly kind: "usage" }>

function figureOf(row: UsageOrder["rows"][number]): UsageFigure {
  return {
    key: row.key,
    requests: row.requests,
    input: row.input_tokens,
    cacheRead: row.cache_read_tokens,
    cacheWrite: row.cache_write_tokens,
    output: row.output_tokens,
    charged: row.charged_tokens,
    costUsd: row.cost_usd,
  }
}
