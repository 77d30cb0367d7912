// A place of its own, for tests that judge requests without a whole proxy.

import { createSecureContext } from "node:tls"
import { parseAuthority } from "@bot-bottle/contracts"
import type { RequestHead } from "@bot-bottle/wire"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { MeteredRequest } from "../meter/metered-request.ts"
import type { Pool } from "../wire/exchange/pool.ts"
import { Place } from "../wire/place.ts"
import { METERED } from "./billed-proxy.ts"

export interface TestPlaceOptions {
  /** On loopback. Undefined where nothing is dialled. */
  readonly port: number | undefined
  readonly pool: Pool
  readonly caPem?: string
}

export function createTestPlace(host: string, { port, pool, caPem }: TestPlaceOptions): Place {
  const authority = parseAuthority(host, 443)
  if (authority.kind === "malformed") throw new Error(authority.detail)
  const endpoints = port === undefined ? [] : [{ address: "127.0.0.1", port }]
  return new Place(authority, "https", {
    onSlowDial: () => {},
    addresses: { find: async () => ({ outcome: "found", endpoints }) },
    pool,
    trust: () => createSecureContext(caPem === undefined ? {} : { ca: caPem }),
  })
}

/** A call of the Messages API, as its place judged it. */
export function createMeteredRequest(place: Place, head: RequestHead, guard: OutboundGuard): MeteredRequest {
  const path = "/v1/messages"
  return {
    route: METERED,
    place,
    head,
    path,
    target: path,
    lines: head.lines,
    guard,
    log: { method: "POST" },
    forwardFree: () => {
      throw new Error("not free")
    },
    recordAnswer: () => undefined,
  }
}
