// Reads one agent file: a prompt, its skills, its default bottle.
//
// The same file may serve Claude Code as a subagent, so that tool's own keys are let through
// unread.
//
//   INV-26  An agent that came with a repository carries no budget: a cloned repository must not raise its
//           own limit.

import type { ProviderName, ShutdownPolicy } from "@bot-bottle/contracts"
import { line, listFields } from "./fold/resolved-values.ts"
import { budgetFor, describeBudgetLimit, shutdown } from "./keys/budget.ts"
import { describeFanOut, FAN_OUT_KEYS, type FanOutFields, fanOutOf, fanOutReaders } from "./keys/fan-out.ts"
import { type GitUserFields, gitUser } from "./keys/git.ts"
import { manifestName } from "./keys/reference.ts"
import type { AgentManifest, ManifestProblem, ResolvedValue } from "./manifest.ts"
import { isManifestName } from "./names.ts"
import { originsOf, quoted } from "./problem.ts"
import { readDocument } from "./yaml/document.ts"
import {
  type Entries,
  entryValues,
  type Fields,
  fields,
  fieldValues,
  listOf,
  type Reader,
  type Readers,
  type Sourced,
} from "./yaml/fields.ts"
import { splitFrontmatter } from "./yaml/frontmatter.ts"

export type AgentResult =
  | { readonly outcome: "parsed"; readonly manifest: AgentManifest; readonly values: readonly ResolvedValue[] }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export interface AgentSource {
  readonly name: string
  readonly file: string
  readonly origin: AgentManifest["origin"]
  /** Every metered provider there is: ours and the operator's plugins. */
  readonly providers: readonly ProviderName[]
}

export function parseAgent(text: string, source: AgentSource): AgentResult {
  const { name, file, origin } = source
  const split = splitFrontmatter(text, file)
  if (split.outcome === "broken") return split
  const document = { text: split.yaml, file, firstLine: split.firstLine }
  const read = readDocument(document, fields(readersFor(source)))
  if (read.outcome === "broken") return read
  const agent = read.value
  const values = listAgentValues(agent)
  const manifest: AgentManifest = {
    name,
    file,
    origins: originsOf(values),
    origin,
    bottle: agent.bottle?.value,
    skills: [...new Set(agent.skills?.value.map(({ value }) => value))],
    gitUser: fieldValues(agent.git?.value.user?.value ?? {}),
    budget: entryValues(agent.budget?.value ?? {}),
    fanOut: fanOutOf(agent),
    shutdown: agent.shutdown?.value,
    prompt: split.body,
  }
  return { outcome: "parsed", manifest, values }
}

interface AgentFields extends FanOutFields {
  bottle: string
  skills: readonly Sourced<string>[]
  git: Fields<{ user: Fields<GitUserFields> }>
  budget: Entries<number>
  shutdown: ShutdownPolicy
}

/** Claude Code's, for its own use of the same file. */
const SUBAGENT_KEYS = ["name", "description", "model", "color", "memory", "tools"] as const
type SubagentFields = Record<(typeof SUBAGENT_KEYS)[number], never>

const ignored: Reader<never> = () => undefined

function readersFor({ name, origin, providers }: AgentSource): Readers<AgentFields & SubagentFields> {
  return {
    bottle: manifestName,
    skills: listOf(skillOf(name)),
    git: fields<{ user: Fields<GitUserFields> }>({ user: gitUser }),
    budget: origin === "operator" ? budgetFor(providers) : noBudget,
    ...(origin === "operator" ? fanOutReaders : NO_FAN_OUT),
    shutdown,
    name: ignored,
    description: ignored,
    model: ignored,
    color: ignored,
    memory: ignored,
    tools: ignored,
  }
}

const noBudget: Reader<never> = (node, place) => {
  const hint = "budgets are the operator's: settings.yml, or an agent under the host root"
  place.report(node.line, "an agent that comes with a repository may not carry a budget", hint)
  return undefined
}

const NO_FAN_OUT: Readers<FanOutFields> = {
  parallel: noBudget,
  requests_per_minute: noBudget,
  spend_per_minute: noBudget,
}

function skillOf(agent: string): Reader<string> {
  return (node, place) => {
    const text = node.kind === "scalar" ? node.text : undefined
    if (text !== undefined && isManifestName(text)) return text
    const index = /\[\d+\]$/.exec(place.path)?.[0] ?? ""
    const value = text === undefined ? `a ${node.kind}` : quoted(text)
    place.report(
      node.line,
      `agent '${agent}' skills${index} ${value} is not a valid skill name; must match [a-z][a-z0-9-]*`,
    )
    return undefined
  }
}

function listAgentValues(agent: Fields<AgentFields>): readonly ResolvedValue[] {
  return [
    ...(agent.bottle ? [line("bottle", agent.bottle, String)] : []),
    ...(agent.skills ? [line("skills", agent.skills, (skills) => skills.map(({ value }) => value).join(", "))] : []),
    ...listFields("git.user", agent.git?.value.user?.value ?? {}),
    ...listFields("budget", agent.budget?.value ?? {}, (limit, name) => describeBudgetLimit(name, Number(limit))),
    ...FAN_OUT_KEYS.flatMap((key) => {
      const limit = agent[key]
      return limit === undefined ? [] : [line(key, limit, (value) => describeFanOut(key, value))]
    }),
    ...(agent.shutdown ? [line("shutdown", agent.shutdown, String)] : []),
  ]
}
