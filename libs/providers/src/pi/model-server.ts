// Where Pi's model is: what `agent_provider.settings` says, completed and judged.
//
//   INV-11  A credential goes to the host it is for: another host than the API's own is given none but the
//           one that its settings name, and none at all over plain HTTP.

import { parseHostname } from "@bot-bottle/contracts"
import type { ProviderSettings } from "../provider.ts"

export interface ModelServer {
  /** How Pi calls it. */
  readonly provider: string
  readonly model: string | undefined
  /** As Pi's configuration spells it. */
  readonly wire: "anthropic-messages" | "openai-responses" | "openai-completions"
  /** As the settings name it. */
  readonly api: string
  /** The `ModelApi` that meters it. */
  readonly meteredAs: string
  readonly baseUrl: string
  readonly scheme: "https" | "http"
  readonly host: string
  readonly port: number
  /** Pi itself lists this server's models. */
  readonly isBuiltIn: boolean
  /** The account that owns this host, so that the account's usual variable may be sent there. */
  readonly account: "anthropic" | "openai" | undefined
}

export type ModelServerResult =
  | { readonly outcome: "found"; readonly server: ModelServer }
  | { readonly outcome: "refused"; readonly why: string; readonly hint: string }

interface ApiFacts {
  readonly provider: string
  readonly meteredAs: string
  readonly wire: ModelServer["wire"]
  readonly baseUrl: string | undefined
  readonly account: ModelServer["account"]
}

const APIS: Readonly<Record<string, ApiFacts>> = {
  "anthropic-messages": {
    provider: "anthropic",
    meteredAs: "anthropic-messages",
    wire: "anthropic-messages",
    ...at("https://api.anthropic.com", "anthropic"),
  },
  "openai-responses": {
    provider: "openai",
    meteredAs: "openai-responses",
    wire: "openai-responses",
    ...at("https://api.openai.com/v1", "openai"),
  },
  "openai-completions": {
    provider: "openai-chat",
    meteredAs: "chat-completions",
    wire: "openai-completions",
    ...at("https://api.openai.com/v1", "openai"),
  },
  // Pi speaks to Ollama in OpenAI's words.
  ollama: {
    provider: "ollama",
    meteredAs: "ollama",
    wire: "openai-completions",
    baseUrl: undefined,
    account: undefined,
  },
}

/** Pi's own names for the providers whose models it knows. */
const BUILT_IN = ["anthropic anthropic-messages", "openai openai-responses"]

export function findModelServer(settings: ProviderSettings): ModelServerResult {
  const api = settings.api ?? "anthropic-messages"
  const facts = APIS[api]
  if (facts === undefined) return refused(`api '${api}' is not one Pi speaks`, `use ${Object.keys(APIS).join(", ")}`)
  const text = settings.baseUrl ?? facts.baseUrl
  if (text === undefined) return refused(`api '${api}' needs 'base_url'`, LOCAL_HINT)
  const url = new URL(text)
  const host = parseHostname(url.hostname)
  if (host.kind === "malformed") return refused(`the host of 'base_url' is not valid: ${host.detail}`, LOCAL_HINT)
  const scheme = url.protocol === "http:" ? "http" : "https"
  const problem = findProblem({ host: host.host, kind: host.kind, scheme, tokenRef: settings.tokenRef })
  if (problem !== undefined) return problem

  const provider = settings.provider ?? facts.provider
  const isBuiltIn = BUILT_IN.includes(`${provider} ${facts.wire}`)
  if (!isBuiltIn && settings.model === undefined) {
    return refused(`'${provider}' needs 'model': Pi knows no models of it`, "name one as the server calls it")
  }
  const ownHost = facts.baseUrl !== undefined && new URL(facts.baseUrl).host === url.host && scheme === "https"
  return {
    outcome: "found",
    server: {
      provider,
      model: settings.model,
      wire: facts.wire,
      api,
      meteredAs: facts.meteredAs,
      baseUrl: pathed(api, text),
      scheme,
      host: host.host,
      port: url.port === "" ? (scheme === "http" ? 80 : 443) : Number(url.port),
      isBuiltIn,
      account: ownHost ? facts.account : undefined,
    },
  }
}

const LOCAL_HINT =
  "for a server on this host: base_url: http://ollama.internal:11434, and in settings.yml resolve: { ollama.internal: 127.0.0.1:11434 }"

interface Place {
  readonly host: string
  readonly kind: "name" | "ip"
  readonly scheme: "https" | "http"
  readonly tokenRef: string | undefined
}

function findProblem({
  host,
  kind,
  scheme,
  tokenRef,
}: Place): Extract<ModelServerResult, { outcome: "refused" }> | undefined {
  // Every program in a bottle takes these for the bottle itself, past the proxy.
  if (/(?:^|\.)localhost$/.test(host) || /^(?:127\.|0\.|::1?$)/.test(host)) {
    return refused(`'base_url' names ${host}, which in a bottle is the bottle itself`, LOCAL_HINT)
  }
  if (kind === "ip" && scheme === "https") {
    return refused("'base_url' is https:// at an address, which no certificate names", "use the server's name")
  }
  if (scheme === "http" && tokenRef !== undefined) {
    return refused("'token_ref' would go over plain http://, readable on its way", "use https://, or leave it out")
  }
  return undefined
}

/** Ollama speaks OpenAI's words below /v1. */
function pathed(api: string, text: string): string {
  const bare = text.replace(/\/+$/, "")
  return api === "ollama" && !bare.endsWith("/v1") ? `${bare}/v1` : bare
}

function at(baseUrl: string, account: NonNullable<ModelServer["account"]>) {
  return { baseUrl, account } as const
}

function refused(why: string, hint: string): Extract<ModelServerResult, { outcome: "refused" }> {
  return { outcome: "refused", why, hint }
}
