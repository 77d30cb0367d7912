// The host as it is now, and then as it changes, folded into the view that screens are drawn of.

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
      // The first tick comes after everything that was there to be read.
      if (events.some(({ kind }) => kind === "tick" || kind === "trouble")) done.abort()
    },
  })
  return view
}

export async function followView(
  host: Host,
  { signal, onChange }: { readonly signal: AbortSignal; onChange(view: HostView): void },
): Promise<void> {
  let view = EMPTY_VIEW
  await watchHost(ledgerHost(host), {
    signal,
    selected: () => null,
    emit(events) {
      view = events.reduce(applyEvent, view)
      onChange(view)
    },
  })
}
