// Asks the host's resolver for a name's addresses.

import { networkInterfaces } from "node:os"

/** IPv4 first: many hosts publish IPv6 to machines that have no route for it. */
export async function lookupAddresses(host: string): Promise<readonly string[]> {
  const found = await Bun.dns.lookup(host)
  const addresses = [...new Set(found.map(({ address }) => address))]
  return [
    ...addresses.filter((address) => !address.includes(":")),
    ...addresses.filter((address) => address.includes(":")),
  ]
}

/** A laptop changes its addresses while a run lasts; asking the kernel for each address of a name takes too long. */
const FRESH_MS = 1_000

export function createOwnAddresses(nowMs: () => number, read = networkInterfaces): () => ReadonlySet<string> {
  let known: ReadonlySet<string> = new Set()
  let untilMs = Number.NEGATIVE_INFINITY
  return () => {
    if (nowMs() < untilMs) return known
    known = new Set(Object.values(read()).flatMap((entries) => (entries ?? []).map(({ address }) => address)))
    untilMs = nowMs() + FRESH_MS
    return known
  }
}
