// The questions that wait for the operator, in the order in which they are answered.

import type { AskView, HostView } from "./host-view.ts"

/** Oldest first: who has waited longest is answered first. */
export function listAsks(view: HostView, nowMs: number): readonly AskView[] {
  return [...view.asks.values()]
    .filter(({ state, expiresAtMs }) => state === "pending" && nowMs < expiresAtMs)
    .sort((a, b) => a.id - b.id)
}

export function selectedAsk(view: HostView, id: number | undefined, nowMs: number): AskView | undefined {
  const all = listAsks(view, nowMs)
  return all.find((ask) => ask.id === id) ?? all[0]
}
