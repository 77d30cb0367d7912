// Reads `agent_provider`: which harness runs in the bottle, and with whose credential.
//
// One file may hold only part of it and inherit the rest, so what belongs together is
// judged on the composed bottle, not here.

import type { ProviderName } from "@bot-bottle/contracts"
import { PROVIDER_APIS, type ProviderApi } from "../manifest.ts"
import {
  describeNode,
  type Fields,
  fields,
  listOf,
  oneOf,
  privateTextAs,
  type Reader,
  reject,
  type Sourced,
  textAs,
} from "../yaml/fields.ts"
import { suggestWord } from "../yaml/nearest-word.ts"
import { COMMAND_TEMPLATE, findProviderProblem } from "./budget.ts"
import { manifestName, tokenRef } from "./reference.ts"

export interface AgentProviderFields {
  template: string
  argv: readonly Sourced<string>[]
  meters: readonly Sourced<string>[]
  auth: Fields<AuthFields>
  settings: Fields<ProviderSettingsFields>
}

interface AuthFields {
  token_ref: string
  login: string
  token_cmd: readonly Sourced<string>[]
}

export interface ProviderSettingsFields {
  provider: string
  model: string
  api: ProviderApi
  base_url: string
  token_ref: string
}

export function agentProviderFor(providers: readonly ProviderName[]): Reader<Fields<AgentProviderFields>> {
  return fields<AgentProviderFields>({
    template: (node, place) => {
      const templates = [...providers, COMMAND_TEMPLATE]
      if (node.kind === "scalar" && templates.includes(node.text)) return node.text
      const suggestion = node.kind === "scalar" ? suggestWord(node.text, templates) : ""
      return reject(node, place, `cannot be ${describeNode(node)}${suggestion}`)
    },
    argv: listOf(argument),
    meters: listOf((node, place) => {
      const name = manifestName(node, place)
      const problem = name === undefined ? undefined : findProviderProblem(name, providers)
      return problem === undefined ? name : reject(node, place, `names no metered provider: ${problem}`)
    }),
    auth,
    settings: fields<ProviderSettingsFields>({
      provider: word,
      model: word,
      api: oneOf(PROVIDER_APIS),
      base_url: privateTextAs("an http(s) URL without user, query or fragment", parseBaseUrl),
      token_ref: tokenRef,
    }),
  })
}

const readAuth = fields<AuthFields>({
  token_ref: tokenRef,
  login: textAs("the name of a login: lower-case letters, digits and dashes", (text) =>
    /^[a-z][a-z0-9-]{0,63}$/.test(text) ? text : undefined,
  ),
  token_cmd: (node, place) => {
    const argv = listOf(argument)(node, place)
    const program = argv?.[0]?.value
    if (argv === undefined || (program !== undefined && /^(?:\/.+|[^/]+)$/.test(program))) return argv
    return reject(node, place, "must begin with a program of the host's PATH or an absolute path")
  },
})

const auth: typeof readAuth = (node, place) => {
  const keys = node.kind === "mapping" ? node.entries.length : 1
  if (keys === 0)
    return reject(
      node,
      place,
      "needs 'token_ref', 'login' or 'token_cmd'",
      "leave 'auth' out for the provider's own credential",
    )
  const found = readAuth(node, place)
  const named = Object.keys(found ?? {})
  if (named.length < 2) return found
  return reject(node, place, `names more than one credential: ${named.join(", ")}`, "keep one of them")
}

const word: Reader<string> = textAs("a word without spaces", (text) =>
  /^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined,
)

const argument: Reader<string> = (node, place) => {
  const text = node.kind === "scalar" && node.value !== null ? node.text : undefined
  if (text !== undefined && !text.includes("\0")) return text
  return reject(node, place, "must be one argument, as text")
}

function parseBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const plain = url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  return plain && /^https?:$/.test(url.protocol) ? text : undefined
}
