// One process of a host speaks for it with the shared ledger. Any process that lives long may;
// the claim `fleet` decides which one does, and another takes over when it dies.

import { pause } from "@bot-bottle/kernel"
import type { Connection, Listener } from "../postgres/connect.ts"
import type { SharedStore } from "../postgres/shared-store.ts"
import { NEWS_CHANNEL } from "../postgres/shared-store.ts"
import type { ClaimsLedger } from "../roles/claims.ts"
import type { HostService } from "../roles/fleet.ts"
import type { HostPart } from "../sqlite/host-part.ts"
import type { Sync } from "./sync.ts"

export interface ServeOptions {
  readonly claims: ClaimsLedger
  readonly connection: Pick<Connection, "listen">
  readonly shared: Pick<SharedStore, "giveBack">
  readonly part: HostPart
  readonly sync: Sync
}

const TURN_POLL_MS = 1000
/** How often the host looks whether it has enough to send. */
const LOOK_MS = 500
/** A batch goes when so many rows have changed, or after this time. */
const MAX_WAITING = 500
const SEND_MS = 5000
/** Also the host's sign of life. */
const IDLE_MS = 15_000

export async function serveHost(options: ServeOptions, service: HostService): Promise<void> {
  const { claims } = options
  const { signal, self, isAlive } = service
  const claim = { kind: "fleet", name: "", holder: self } as const
  while (!signal.aborted) {
    if ((await claims.claim(claim, isAlive)) === "claimed") {
      try {
        await speak(options, service)
      } finally {
        await claims.releaseClaim(claim)
      }
      return
    }
    await pause(TURN_POLL_MS, signal)
  }
}

async function speak({ connection, shared, part, sync }: ServeOptions, service: HostService): Promise<void> {
  const { signal, onCommand } = service
  const started = new Set<number>()
  let wake = Promise.withResolvers<void>()
  let news = true
  let recalled = false
  const heard: Listener = {
    onNews(payload) {
      if (payload === "recall") recalled = true
      else news = true
      wake.resolve()
    },
    onLost() {
      subscription = undefined
    },
  }
  let subscription: { unlisten(): Promise<void> } | undefined
  let sentAtMs = 0

  while (!signal.aborted) {
    // Without a database there is nobody to listen to; it is tried again with the next look.
    if (subscription === undefined) {
      subscription = await connection.listen(NEWS_CHANNEL, heard).catch(() => undefined)
      // Something may have happened before anybody listened.
      news ||= subscription !== undefined
    }
    const sinceMs = performance.now() - sentAtMs
    const waiting = await part.waiting(MAX_WAITING)
    if (news || waiting >= MAX_WAITING || (waiting > 0 && sinceMs >= SEND_MS) || sinceMs >= IDLE_MS) {
      news = false
      sentAtMs = performance.now()
      const commands = await sync.now().catch(() => [])
      for (const command of commands) {
        if (started.has(command.id)) continue
        started.add(command.id)
        onCommand(command)
      }
    }
    if (recalled) {
      recalled = false
      await giveBackUnused({ shared, part }).catch(() => undefined)
    }
    await pause(LOOK_MS, signal, wake.promise)
    wake = Promise.withResolvers<void>()
  }
  await subscription?.unlisten().catch(() => undefined)
  await giveBackUnused({ shared, part }).catch(() => undefined)
  await sync.now().catch(() => undefined)
}

/** Tokens that no request of this host has spent or reserved. */
async function giveBackUnused({ shared, part }: Pick<ServeOptions, "shared" | "part">): Promise<void> {
  for (const offer of await part.offerBlocks()) await part.blockReturned(offer, await shared.giveBack(offer))
}
