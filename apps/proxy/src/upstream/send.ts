// Sends one prepared request to a host's checked address and hands back the raw response.
//
// The URL names the address, Host and SNI name the host. Bun verifies the certificate against
// `serverName` and keeps a pool of connections for each (address, serverName), so two names
// on one address never share a connection; both are held by tests here, not by faith.
//
//   INV-54  Only a checked address is dialled, and its certificate must be the host's.

import type { Authority } from "@bot-bottle/contracts"
import type { AddressBook, Endpoint } from "./address-book.ts"
import { readFailure } from "./read-failure.ts"

export interface OutboundRequest {
  readonly method: string
  /** Origin form: normal path and query. */
  readonly target: string
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null
  readonly signal: AbortSignal
}

export type SendResult =
  | { readonly outcome: "answered"; readonly response: Response }
  | {
      readonly outcome: "refused"
      readonly reason: "address-not-allowed" | "upstream-unreachable" | "upstream-tls"
      /** False only when it is certain that no byte of the request left. */
      readonly mayHaveLeft: boolean
    }
  /** The signal fired first. */
  | { readonly outcome: "aborted" }

export type Send = (request: OutboundRequest) => Promise<SendResult>

export interface SenderOptions {
  readonly authority: Authority
  readonly scheme: "https" | "http"
  readonly addresses: Pick<AddressBook, "find">
  /** PEM file of every root that upstreams are verified against. */
  readonly rootsPath: string
}

export function createSender({ authority, scheme, addresses, rootsPath }: SenderOptions): Send {
  const host = hostHeader(authority, scheme)
  // A path, not the text: Bun hashes these options on every request, and roots are 200 KB.
  const tls = scheme === "https" ? { serverName: authority.host, caFile: rootsPath } : undefined
  /** The endpoint that answered last, tried first from then on. */
  let preferred: Endpoint | undefined

  return async (request) => {
    const found = await addresses.find(authority)
    if (found.outcome === "refused") return { ...found, mayHaveLeft: false }

    request.headers.set("host", host)
    let refusal: SendResult = { outcome: "refused", reason: "upstream-unreachable", mayHaveLeft: false }
    for (const endpoint of orderEndpoints(found.endpoints, preferred)) {
      if (request.signal.aborted) return { outcome: "aborted" }
      try {
        const response = await fetch(`${scheme}://${bracketed(endpoint)}${request.target}`, {
          method: request.method,
          headers: request.headers,
          body: request.body,
          signal: request.signal,
          redirect: "manual",
          decompress: false,
          // Bun gives up after five quiet minutes otherwise; models think longer than that.
          timeout: false,
          ...(tls === undefined ? {} : { tls }),
        } as BunFetchRequestInit)
        preferred = endpoint
        return { outcome: "answered", response }
      } catch (error) {
        if (request.signal.aborted) return { outcome: "aborted" }
        refusal = readFailure(error)
        // Once something may have left, a second try could be a second bill.
        if (refusal.outcome !== "refused" || refusal.mayHaveLeft || refusal.reason === "upstream-tls") return refusal
        if (request.body instanceof ReadableStream) return refusal
      }
    }
    return refusal
  }
}

/** As a client of this host writes it. */
export function hostHeader({ host, port }: Authority, scheme: "https" | "http"): string {
  const name = host.includes(":") ? `[${host}]` : host
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`
}

function orderEndpoints(endpoints: readonly Endpoint[], preferred: Endpoint | undefined): readonly Endpoint[] {
  if (preferred === undefined || endpoints.length === 1) return endpoints
  const first = endpoints.filter(({ address }) => address === preferred.address)
  return [...first, ...endpoints.filter(({ address }) => address !== preferred.address)]
}

/** As it stands in a URL. */
export function bracketed({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
}
