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

/** Read anew at every check: a laptop changes its addresses while a run lasts. */
export function readOwnAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address)))
}
