// The host as it is now, and then as it changes, folded into the view that screens are drawn of.

import type { HostEvent } from "@bot-bottle/contracts"
import { applyEvent, EMPTY_VIEW, type HostView } from "@bot-bottle/view"
import type { Host } from "../host.ts"
import { ledgerHost } from "../ledger-host.ts"
import { watchHost } from "./watch-host.ts"

/** The first whole picture. */
export async function readView(host: Host): Promise<HostView> {
  const done = new AbortController()
  let view = EMPTY_VIEW
  await watchHost(ledgerHost(host), {
    signal: done.signal,
    selected: () => null,
    emit(events) {
      view = events.reduce(applyEvent, view)
      if (isEndOfFirst(events)) done.abort()
    },
  })
  return view
}

/** From the first whole picture on. */
export async function followView(
  host: Host,
  { signal, onChange }: { readonly signal: AbortSignal; onChange(view: HostView): void },
): Promise<void> {
  let view = EMPTY_VIEW
  let isWhole = false
  await watchHost(ledgerHost(host), {
    signal,
    selected: () => null,
    emit(events) {
      view = events.reduce(applyEvent, view)
      isWhole ||= isEndOfFirst(events)
      if (isWhole) onChange(view)
    },
  })
}

/** The first tick comes after everything that was there to be read. */
function isEndOfFirst(events: readonly HostEvent[]): boolean {
  return events.some(({ kind }) => kind === "tick" || kind === "trouble")
}
