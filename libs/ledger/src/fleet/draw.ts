// Draws blocks for this host: one question at a time for a limit, and none for a moment after
// the fleet has said that there is nothing left.

import { formatScope } from "@bot-bottle/budget"
import type { SharedStore } from "../postgres/shared-store.ts"
import type { BlockAsk } from "../sqlite/blocks.ts"
import type { HostPart } from "../sqlite/host-part.ts"

export interface DrawOptions {
  readonly shared: Pick<SharedStore, "draw" | "notify">
  readonly part: Pick<HostPart, "applyBlock">
  readonly ready: () => Promise<void>
}

/** Other hosts are asked to give back what they do not spend; this long they have for it. */
const RECALL_TIMEOUT_MS = 1000
const RECALL_POLL_MS = 150
const DRY_MS = 1000
/** A database that did not answer is not asked again at once: each of many requests would wait for it. */
const FAILED_MS = 1000

/** True when this host may now spend more. Throws LedgerUnavailable. */
export function createDraw({ shared, part, ready }: DrawOptions): (ask: BlockAsk) => Promise<boolean> {
  const underWay = new Map<string, Promise<boolean>>()
  const dryUntil = new Map<string, number>()
  let failed: { readonly error: unknown; readonly untilMs: number } | undefined

  async function drawOnce(ask: BlockAsk): Promise<{ taken: boolean; othersHaveSome: boolean }> {
    const answer = await shared.draw(ask)
    await part.applyBlock(ask, answer)
    return { taken: answer.takenTokens > 0, othersHaveSome: answer.othersUnspentTokens > 0 }
  }

  async function drawOrRecall(ask: BlockAsk): Promise<boolean> {
    await ready()
    const first = await drawOnce(ask)
    if (first.taken || !first.othersHaveSome) return first.taken
    await shared.notify("recall")
    for (const endMs = performance.now() + RECALL_TIMEOUT_MS; performance.now() < endMs; ) {
      await Bun.sleep(RECALL_POLL_MS)
      const next = await drawOnce(ask)
      if (next.taken) return true
      if (!next.othersHaveSome) return false
    }
    return false
  }

  return async (ask) => {
    const { scope, provider, window } = ask.limit
    const key = `${formatScope(scope)} ${provider} ${window}`
    if ((dryUntil.get(key) ?? 0) > performance.now()) return false
    if (failed !== undefined && failed.untilMs > performance.now()) throw failed.error
    const running =
      underWay.get(key) ??
      drawOrRecall(ask)
        .then((taken) => {
          if (!taken) dryUntil.set(key, performance.now() + DRY_MS)
          return taken
        })
        .catch((error: unknown) => {
          failed = { error, untilMs: performance.now() + FAILED_MS }
          throw error
        })
        .finally(() => underWay.delete(key))
    underWay.set(key, running)
    return running
  }
}
