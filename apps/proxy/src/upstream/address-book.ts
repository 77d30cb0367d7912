// Finds the address that will be dialled for a host, and remembers it for a minute.
//
// Checks the address, not the name: a name may pass policy and still resolve to the metadata
// service. The address that is checked here is the one that is dialled, so no second lookup can
// change it.
//
//   INV-12  Only a checked address is dialled, for exactly the name that was asked for. An address under
//           `resolve`, or listed as a literal, is the operator's word.

import { type Authority, type AuthorityProblem, parseAuthority } from "@bot-bottle/contracts"

export interface AddressBook {
  find(authority: Authority): Promise<AddressResult>
  /** In place of what the operator said before. */
  setResolve(resolve: AddressBookOptions["resolve"]): void
}

export type AddressResult =
  /** Best first, never empty. */
  | { readonly outcome: "found"; readonly endpoints: readonly Endpoint[] }
  | { readonly outcome: "refused"; readonly reason: "address-not-allowed" | "upstream-unreachable" }

/** `address` is an IP literal, v6 without brackets. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface AddressBookOptions {
  /** Host name to `ip:port`; without a port, the request's. */
  readonly resolve: Readonly<Record<string, string>>
  readonly lookup: (host: string) => Promise<readonly string[]>
  readonly isDialable: (address: string) => boolean
  readonly nowMs: () => number
}

const REMEMBERED_MS = 60_000
const REMEMBERED_HOSTS = 1_000

export function createAddressBook({ resolve, lookup, isDialable, nowMs }: AddressBookOptions): AddressBook {
  let told = readResolve(resolve)
  const known = new Map<string, { readonly addresses: Promise<readonly string[]>; readonly untilMs: number }>()

  function remember(host: string): Promise<readonly string[]> {
    const entry = known.get(host)
    if (entry !== undefined && nowMs() < entry.untilMs) return entry.addresses

    const oldest = known.keys().next().value
    if (known.size >= REMEMBERED_HOSTS && oldest !== undefined) known.delete(oldest)
    const addresses = lookup(host).catch(() => [])
    known.set(host, { addresses, untilMs: nowMs() + REMEMBERED_MS })
    return addresses
  }

  return {
    setResolve(wanted) {
      told = readResolve(wanted)
    },
    async find({ host, kind, port }) {
      const target = told.get(host)
      if (target !== undefined) return readTold(target, port)
      if (kind === "ip") return { outcome: "found", endpoints: [{ address: host, port }] }

      const addresses = await remember(host)
      if (addresses.length === 0) {
        // A failed lookup is not worth remembering: the network may be back in a second.
        known.delete(host)
        return { outcome: "refused", reason: "upstream-unreachable" }
      }
      const allowed = addresses.filter(isDialable)
      if (allowed.length === 0) return { outcome: "refused", reason: "address-not-allowed" }
      return { outcome: "found", endpoints: allowed.map((address) => ({ address, port })) }
    },
  }
}

function readResolve(resolve: AddressBookOptions["resolve"]) {
  return new Map(Object.entries(resolve).map(([host, text]) => [host, parseAuthority(text, 0)]))
}

function readTold(target: Authority | AuthorityProblem, port: number): AddressResult {
  if (target.kind !== "ip") return { outcome: "refused", reason: "upstream-unreachable" }
  return { outcome: "found", endpoints: [{ address: target.host, port: target.port === 0 ? port : target.port }] }
}
