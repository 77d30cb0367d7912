// Keys pressed one after the other on the sample host, slowly enough for every dialog.

import { applyEvent } from "../apply-event.ts"
import { EMPTY_VIEW, type HostView } from "../host-view.ts"
import type { Intent } from "../keys/intents.ts"
import { BINDINGS } from "../keys/keys.ts"
import { pressKey } from "../keys/press-key.ts"
import { FIRST_STATE, type ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "./sample-host.ts"

export const COMMANDS = new Set(BINDINGS.flatMap(({ command }) => command ?? []))
export const SAMPLE_VIEW: HostView = sampleEvents().reduce(applyEvent, EMPTY_VIEW)

export function ready(): ScreenState {
  return { ...FIRST_STATE, commands: COMMANDS }
}

export function press(keys: Iterable<string>, from: ScreenState = ready(), on: HostView = SAMPLE_VIEW) {
  let state = from
  let intents: readonly Intent[] = []
  let nowMs = (from.dialog?.openedAtMs ?? SAMPLE_NOW_MS) + 10_000
  for (const key of keys) {
    const pressed = pressKey(state, key, { view: on, nowMs, pageRows: 10, maxScroll: 40 })
    state = pressed.state
    intents = [...intents, ...pressed.intents.filter(({ kind }) => kind !== "read-usage" && kind !== "read-changes")]
    nowMs += 200
  }
  return { state, intents }
}
