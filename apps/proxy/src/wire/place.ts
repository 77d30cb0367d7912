// A place is what requests are for: one host, port and scheme. It holds what all requests to it
// share: its name as it stands in Host, its addresses, its idle connections, its certificate.

import type { SecureContext } from "node:tls"
import { type Authority, formatAuthority, parseAuthority } from "@bot-bottle/contracts"
import type { AddressBook, AddressResult, Endpoint } from "../upstream/address-book.ts"
import type { Pool } from "./exchange/pool.ts"

export type Scheme = "https" | "http"

export interface PlaceOptions {
  readonly addresses: Pick<AddressBook, "find">
  readonly pool: Pool
  /** The roots that upstreams are verified against. */
  readonly trust: () => SecureContext
  /** Told when a connection to the host takes long, and again for each further one. */
  readonly onSlowDial: (host: string) => void
  /** A Unix socket of the host in place of addresses. */
  readonly unix?: string
}

export class Place {
  readonly authority: Authority
  readonly scheme: Scheme
  readonly host: string
  readonly port: number
  /** As a client of this host writes it into Host, and for messages. */
  readonly name: string
  readonly pool: Pool
  /** The roots that this place is verified against. */
  readonly secureContext: () => SecureContext
  readonly onSlowDial: (host: string) => void
  /** The endpoint that answered last. */
  preferred: Endpoint | undefined
  /** Undefined where addresses are dialled. */
  readonly unix: string | undefined
  readonly #addresses: Pick<AddressBook, "find">
  readonly #defaultPort: number

  constructor(authority: Authority, scheme: Scheme, { addresses, pool, trust, onSlowDial, unix }: PlaceOptions) {
    this.authority = authority
    this.scheme = scheme
    this.host = authority.host
    this.port = authority.port
    this.#defaultPort = scheme === "https" ? 443 : 80
    this.name = hostHeader(authority, scheme)
    this.pool = pool
    this.secureContext = trust
    this.onSlowDial = onSlowDial
    this.unix = unix
    this.#addresses = addresses
  }

  /** True when this text of a Host line means this place. */
  isNamed(text: string | undefined): boolean {
    if (text === this.name) return true
    const named = text === undefined ? undefined : parseAuthority(text, this.#defaultPort)
    return named !== undefined && named.kind !== "malformed" && named.host === this.host && named.port === this.port
  }

  findEndpoints(): Promise<AddressResult> {
    return this.#addresses.find(this.authority)
  }
}

/** As a client of this host writes it. */
export function hostHeader(authority: Authority, scheme: Scheme): string {
  return formatAuthority(authority, scheme)
}
