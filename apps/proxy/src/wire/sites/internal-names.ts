// The names that the proxy answers itself, and the site behind each. One table: every name that the
// bottle may reach under `bot-bottle.internal` stands here.

import {
  type Authority,
  type Denial,
  INTERNAL_HOST,
  type InternalService,
  parseAuthority,
  SELF_TEST_HOST,
} from "@bot-bottle/contracts"
import { type RequestHead, statusPhrase } from "@bot-bottle/wire"
import { describeMalformedRequest } from "../../describe-denial.ts"
import type { EgressSwitch } from "../../egress-switch.ts"
import type { EventLog } from "../../event-log.ts"
import { findOpenPorts } from "../../find-open-ports.ts"
import { listRoutes } from "../../list-routes.ts"
import type { MeteredHosts } from "../../metered-hosts.ts"
import type { AddressResult } from "../../upstream/address-book.ts"
import { refusalReply } from "../answer/refusal.ts"
import type { Reply } from "../answer/reply.ts"
import type { Pool } from "../exchange/pool.ts"
import type { RefusalLog, Site, Verdict } from "../passage.ts"
import { Place } from "../place.ts"
import { ServiceSite } from "./service-site.ts"

export interface InternalNamesOptions {
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly events: EventLog
  /** For the status line of the agent's own screen. */
  readonly statusText: () => Promise<string>
  /** Unix sockets of the run's services; a service without one does not exist. */
  readonly services: Readonly<Partial<Record<InternalService, string>>>
  readonly pool: Pool
}

export interface InternalNames {
  /** Undefined for a name that is not the proxy's own. */
  find(authority: Authority): Site | undefined
}

/** In the log: where a program asks for a name's address. */
const NAME_SERVER_PORT = 53
const SERVICE_PORT = 80

export function createInternalNames(options: InternalNamesOptions): InternalNames {
  const services = Object.entries(options.services).map(([name, unix]) => {
    const host = `${name}.${INTERNAL_HOST}`
    return [host, createService(host, unix, options)] as const
  })
  const names: ReadonlyMap<string, Site> = new Map<string, Site>([
    [INTERNAL_HOST, createIntrospection(options)],
    ...services,
  ])
  return {
    // Services speak plain HTTP and nothing else; for the name itself any port does.
    find: ({ host, port }) => (host === INTERNAL_HOST || port === SERVICE_PORT ? names.get(host) : undefined),
  }
}

function createService(name: string, unix: string, { pool, egress, events }: InternalNamesOptions): Site {
  const authority = parseAuthority(name, SERVICE_PORT)
  if (authority.kind === "malformed") throw new TypeError(`${name} is not a host name`)
  const found: AddressResult = { outcome: "found", endpoints: [{ address: name, port: SERVICE_PORT }] }
  const place = new Place(authority, "http", {
    addresses: { find: async () => found },
    pool,
    trust: noTrust,
    onSlowDial: () => {},
    unix,
  })
  return new ServiceSite(place, { egress, events })
}

function noTrust(): never {
  throw new TypeError("a service on a Unix socket speaks no TLS")
}

/** The bottle's questions about itself. */
function createIntrospection({ egress, meteredHosts, events, statusText, services }: InternalNamesOptions): Site {
  const answers: Readonly<Record<string, (search: string) => Reply | Promise<Reply>>> = {
    "/allowlist": () => json(`${JSON.stringify({ routes: listRoutes(egress.routes.routes) }, null, 2)}\n`),
    // A ledger that is away for a moment costs the line, nothing else.
    "/status": () =>
      statusText().then(
        (line) => text(200, `${line}\n`),
        () => text(503, ""),
      ),
    "/lookup": (search) => lookUp(new URLSearchParams(search).get("name") ?? ""),
  }

  function lookUp(name: string): Reply {
    const found = findOpenPorts(name, { egress, meteredHosts, services })
    if (found.outcome === "open") return json(JSON.stringify({ ports: found.ports }))
    const { reason } = found
    // The self-test's question is our own, and it must see that its name does not exist.
    if (reason === "malformed-host" || name === SELF_TEST_HOST) return json(JSON.stringify({ ports: [], reason }))
    events.recordDenied({ reason, host: name, port: NAME_SERVER_PORT })
    // An unlisted name leads to the place where its refusal can be read; an address is not a name.
    return json(JSON.stringify({ ports: [], reason, unlisted: reason !== "ip-literal" }))
  }

  return {
    judge({ target, method }: RequestHead): Verdict | Promise<Verdict> {
      const [path = "", search = ""] = target.replace(/^https?:\/\/[^/]*/i, "").split("?", 2)
      const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
      if (answer === undefined) return { kind: "reply", reply: NOT_FOUND }
      if (method !== "GET" && method !== "HEAD") return { kind: "reply", reply: notAllowed(path) }
      const reply = answer(search)
      return reply instanceof Promise
        ? reply.then((made) => ({ kind: "reply", reply: made }))
        : { kind: "reply", reply }
    },
    describeMalformed: (detail: string): Denial => describeMalformedRequest(INTERNAL_HOST, detail),
    // Nothing leaves by this name, so nothing of it is for the log.
    refuse: (denial: Denial, _log: RefusalLog, status: number | undefined): Reply =>
      refusalReply(denial, undefined, status),
  }
}

function json(text: string): Reply {
  return { status: 200, phrase: "OK", lines: ["content-type: application/json"], body: Buffer.from(text) }
}

function text(status: number, body: string): Reply {
  const phrase = statusPhrase(status) ?? ""
  return { status, phrase, lines: ["content-type: text/plain; charset=utf-8"], body: Buffer.from(body) }
}

const NOT_FOUND = refuseOwn(`${INTERNAL_HOST} has no such page.`, "Ask for /allowlist or /status.", 404)

function notAllowed(path: string): Reply {
  const reply = refuseOwn(`${INTERNAL_HOST}${path} is read only.`, "Use GET.", 405)
  return { ...reply, lines: [...reply.lines, "allow: GET, HEAD"] }
}

function refuseOwn(message: string, hint: string, status: number): Reply {
  return refusalReply({ reason: "method-or-path-not-allowed", message, hint }, undefined, status)
}
