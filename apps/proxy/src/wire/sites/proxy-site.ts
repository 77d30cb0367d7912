// A connection to the proxy itself may ask for two things: a tunnel (CONNECT), or plain HTTP in absolute
// form, each request for a place of its own.

import { type Authority, type AuthorityProblem, type Denial, parseAuthority } from "@bot-bottle/contracts"
import type { RequestHead } from "@bot-bottle/wire"
import { describeDenial } from "../../describe-denial.ts"
import type { EventLog } from "../../event-log.ts"
import { refusalReply } from "../answer/refusal.ts"
import type { Reply } from "../answer/reply.ts"
import type { AgentLink, RefusalLog, Site, Verdict } from "../passage.ts"
import type { InternalNames } from "./internal-names.ts"
import type { Sites } from "./sites.ts"

export interface ProxySiteOptions {
  readonly sites: Sites
  readonly internalNames: InternalNames
  readonly events: EventLog
}

const ABSOLUTE = /^http:\/\/([^/?#]*)/i
const THIS_HOST = "this host"

export class ProxySite implements Site {
  readonly #options: ProxySiteOptions
  readonly #port: number | undefined
  /** Of the request under way. */
  #current: Site | undefined
  #authority: Authority | undefined

  /** `port`: of a client that knows of no proxy. Its requests name their host in Host alone. */
  constructor(options: ProxySiteOptions, port: number | undefined) {
    this.#options = options
    this.#port = port
  }

  /** Where the request under way goes, or the last one went. */
  get authority(): Authority | undefined {
    return this.#authority
  }

  judge(head: RequestHead, raw: Buffer, agent: AgentLink): Verdict | Promise<Verdict> {
    this.#current = undefined
    this.#authority = undefined
    if (head.method === "CONNECT" && this.#port === undefined) return this.#connect(head)
    const authority = this.#port === undefined ? absoluteAuthority(head) : hostAuthority(head, this.#port)
    if (authority.kind === "malformed") return this.#malformed(head.method, authority.detail)
    this.#authority = authority
    this.#current = this.#options.internalNames.find(authority) ?? this.#options.sites.of(authority, "http")
    return this.#current.judge(head, raw, agent)
  }

  #connect({ target, framing, method }: RequestHead): Verdict {
    const authority = parseAuthority(target, 443)
    if (authority.kind === "malformed") return this.#malformed(method, authority.detail)
    const hasBody = framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0)
    return hasBody ? this.#malformed(method, "CONNECT has a body") : { kind: "tunnel", authority }
  }

  #malformed(method: string, detail: string): Verdict {
    return { kind: "refuse", denial: this.describeMalformed(detail), log: { method } }
  }

  describeMalformed(detail: string): Denial {
    const general = describeDenial("malformed-host", THIS_HOST)
    return { ...general, message: `This is not a request to a proxy: ${detail}.` }
  }

  refuse(denial: Denial, log: RefusalLog, status: number | undefined): Reply {
    // Malformed bytes have no method. The place of the request before them has nothing to do with them.
    if (this.#current !== undefined && log.method !== "") return this.#current.refuse(denial, log, status)
    this.#options.events.recordDenied({ reason: denial.reason, host: "", port: 0, ...log })
    return refusalReply(denial, undefined, status)
  }
}

function absoluteAuthority({ target, host }: RequestHead): Authority | AuthorityProblem {
  const [, authority] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined) return problem("the target is not an absolute http: URL; https needs CONNECT")
  const parsed = parseAuthority(authority, 80)
  if (parsed.kind === "malformed") return parsed
  const named = host === undefined ? undefined : parseAuthority(host, 80)
  if (named === undefined || named.kind === "malformed") return problem("Host is missing or malformed")
  return named.host === parsed.host && named.port === parsed.port ? parsed : problem("Host is not the target's host")
}

function hostAuthority({ host }: RequestHead, port: number): Authority | AuthorityProblem {
  if (host === undefined) return problem("Host is missing")
  const named = parseAuthority(host, port)
  return named.kind === "malformed" || named.port === port ? named : problem("Host names another port")
}

function problem(detail: string): AuthorityProblem {
  return { kind: "malformed", detail }
}
