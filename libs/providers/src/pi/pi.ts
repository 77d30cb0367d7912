// Pi: how to install it, start it, feed it a prompt, and, as the bottle's settings say, where
// it talks to.
//
// Its flags and files were tried on the pinned version; a new pin means trying them again.

import type { Route } from "@bot-bottle/contracts"
import type { Configured, Provider, ProviderSettings, VariableCredential } from "../provider.ts"
import { piArgs, piRunsWithoutTerminal } from "./args.ts"
import { piGuest } from "./guest.ts"
import { findModelServer, type ModelServer } from "./model-server.ts"
import { OAUTH_ENV, piPlaceholders } from "./placeholders.ts"

const PACKAGE = "@mariozechner/pi-coding-agent"
const BEARER = { header: "authorization", template: "Bearer {secret}" } as const

const BASE = {
  name: "pi",
  meters: ["pi"],
  firstRequestTokens: 3_000,
  toolchain: {
    npmPackage: PACKAGE,
    version: "0.73.1",
    executable: `node_modules/${PACKAGE}/dist/cli.js`,
    interpreter: "bun",
  },
  composeArgs: piArgs,
  runsWithoutTerminal: piRunsWithoutTerminal,
  readsInputFirst: true,
  conversation: ".pi/agent/sessions/*/*.jsonl",
  skillsFolder: ".pi/agent/skills",
  placeholders: piPlaceholders,
} as const satisfies Partial<Provider>

/** Before its settings are known it has no route; `configure({})` is Pi with Anthropic. */
export const pi: Provider = {
  ...BASE,
  routes: [],
  credentials: [],
  guest: () => {
    throw new Error("Pi was not configured")
  },
  configure,
}

function configure(settings: ProviderSettings): Configured {
  const found = findModelServer(settings)
  if (found.outcome === "refused") return found
  const { server } = found
  const credentials = credentialsOf(server, settings)
  if (credentials.length === 0 && server.scheme === "https" && server.api !== "ollama") {
    return {
      outcome: "refused",
      why: `${server.host} needs 'token_ref': the key of another host is not sent there`,
      hint: "put the key in a host variable and write that variable's name",
    }
  }
  return {
    outcome: "configured",
    provider: {
      ...BASE,
      routes: [routeTo(server)],
      credentials,
      ...(credentials.length === 0 ? { isCredentialFree: true } : {}),
      guest: (setup) => piGuest(server, setup),
      configure,
    },
  }
}

/** A `token_ref` stands for all of them; the launcher takes its text for what it begins like. */
function credentialsOf({ wire, account }: ModelServer, { tokenRef }: ProviderSettings): readonly VariableCredential[] {
  if (account === undefined && tokenRef === undefined) return []
  if (wire !== "anthropic-messages") {
    return [{ kind: "variable", name: "OPENAI_API_KEY", title: "OpenAI API key", injection: BEARER }]
  }
  return [
    { kind: "variable", name: OAUTH_ENV, title: "Claude OAuth token", injection: BEARER, prefix: "sk-ant-oat" },
    {
      kind: "variable",
      name: "ANTHROPIC_API_KEY",
      title: "Anthropic API key",
      injection: { header: "x-api-key", template: "{secret}" },
      prefix: "sk-ant-api",
    },
  ]
}

function routeTo({ host, port, scheme, meteredAs }: ModelServer): Route {
  return {
    host,
    port,
    scheme,
    effect: "allow",
    inspect: true,
    matches: "every",
    metering: { provider: "pi", api: meteredAs },
    origin: "provider pi",
  }
}
