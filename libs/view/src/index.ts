// The view: events of a host folded into what people look at, and laid out as lines for a grid
// of cells. The dashboard, `list --watch`, `dashboard --once`, the status line and the README's
// picture are ends of it. Pure: no clock, no terminal, no color codes but in `paintAnsi`.

export { applyEvent } from "./apply-event.ts"
export { drawScreen, MIN_COLUMNS, MIN_ROWS, type ScreenOptions } from "./draw-screen.ts"
export type { Size } from "./frame.ts"
export { budgetKey, EMPTY_VIEW, type HostView, type RunView } from "./host-view.ts"
export { commandsOf, type Intent, type KeyContext, newLimit, type Pressed, showCommand } from "./keys/intents.ts"
export { BINDINGS, type Binding, bindingsFor, type KeyChoices, type Page, WITHOUT_KEYS } from "./keys/keys.ts"
export { noticeOf, runningNotice } from "./keys/notice.ts"
export { pasteText, pressKey, selectRow } from "./keys/press-key.ts"
export { type Line, type Role, type Screen, type Span, type Spot, textOf } from "./line.ts"
export { type AnsiTheme, paintAnsi } from "./paint-ansi.ts"
export { SELECTED_BACKGROUND, type Style, styleOf, type Theme } from "./palette.ts"
export { placeOf, stateAt } from "./place.ts"
export { statusWord } from "./run-rows.ts"
export { countsOf } from "./screens/header.ts"
export { FIRST_STATE, type ScreenState, USAGE_KEYS, type UsageBy, type UsageFigure } from "./state.ts"
export { statusLine } from "./status-line.ts"
export { describeTarget, noRouteFor, suggestRoute } from "./suggest-route.ts"
export { cellsOf, plain } from "./text.ts"
