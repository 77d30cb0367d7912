// A plugin whose functions return something else than they must is refused by name. Providers of
// this build need no such check: their types hold.

import { type MessageOf, type MessageSchema, OperatorProblem } from "@bot-bottle/contracts"
import {
  commandArgumentsSchema,
  configuredSchema,
  guestNeedsSchema,
  loginReadingSchema,
  placeholdersSchema,
} from "@bot-bottle/contracts/messages/provider-output"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { parseProvider } from "./parse-provider.ts"
import type { CredentialSource, Provider } from "./provider.ts"

/** The same provider; its functions throw OperatorProblem for a wrong return value. `file` is shown in it. */
export function checkOutputs(provider: Provider, file: string): Provider {
  const { registerMcp, configure } = provider
  const check = <Schema extends MessageSchema>(schema: Schema, value: unknown, call: string): MessageOf<Schema> => {
    const parsed = checkMessage(schema, value)
    if (parsed.outcome === "parsed") return parsed.message
    throw wrong(file, `the value that ${call} returned is invalid: ${parsed.problem}`)
  }
  const checkCredential = (source: CredentialSource): CredentialSource => {
    if (source.kind === "variable") return source
    // Only logins of this build are renewed by us: another's refresh token is not ours to spend.
    const { renewal: _, ...kept } = source
    return { ...kept, read: (text, nowMs) => check(loginReadingSchema, source.read(text, nowMs), "credentials.read") }
  }
  return {
    ...provider,
    composeArgs: (session) => check(commandArgumentsSchema, provider.composeArgs(session), "composeArgs"),
    placeholders: (held) => check(placeholdersSchema, provider.placeholders(held), "placeholders"),
    guest: (setup) => check(guestNeedsSchema, provider.guest(setup), "guest"),
    credentials: provider.credentials.map(checkCredential),
    ...(registerMcp === undefined
      ? {}
      : { registerMcp: (server) => check(guestNeedsSchema, registerMcp.call(provider, server), "registerMcp") }),
    ...(configure === undefined
      ? {}
      : {
          configure(settings) {
            const configured = check(configuredSchema, configure.call(provider, settings), "configure")
            if (configured.outcome === "refused") return configured
            const parsed = parseProvider(configured.provider, provider.name)
            if (parsed.outcome === "parsed")
              return { outcome: "configured", provider: checkOutputs(parsed.provider, file) }
            throw wrong(file, `the provider that configure returned is invalid: ${parsed.problems.join("; ")}`)
          },
        }),
  }
}

function wrong(file: string, problem: string): OperatorProblem {
  return new OperatorProblem(`${file}: ${problem}`, { hint: "docs/plugins.md has an example" })
}
