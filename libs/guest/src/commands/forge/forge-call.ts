// Reads the arguments of the `forge` command and words the answers. Pure. Runs in a bottle, so it
// imports nothing but its neighbors.

import { readWords } from "../read-words.ts"
import { fieldsOf } from "../rpc-answer.ts"

export type ForgeCall =
  | {
      readonly outcome: "call"
      readonly method: string
      readonly params: Readonly<Record<string, unknown>>
      /** Filled from this file, or from stdin for `-`. */
      readonly bodyFile?: string
      readonly isJson: boolean
    }
  | { readonly outcome: "help" }
  | { readonly outcome: "usage"; readonly problem: string }

export const FORGE_HELP = `forge: the forge that your task comes from

  forge read-issue 17                    title, description, labels, state
  forge read-comments 17                 every comment, oldest first
  forge read-pr 42                       a pull request's description and branches
  forge comment 17 --body-file FILE      post a comment; - reads stdin
  forge describe 17 --body-file FILE     replace the description
  forge open-pr --title T --body-file FILE [--head BRANCH] [--base BRANCH]
  forge done success "what was done"     once, at the end; or: failure, blocked

Read anywhere; write to your own issue and its pull request.
--json prints the answer as JSON. Exit: 0 done, 2 usage, 3 refused, 4 the forge failed.`

interface Verb {
  readonly method: string
  /** Names of what stands after the verb. */
  readonly positional: readonly ("number" | "status" | "summary")[]
  readonly flags: readonly string[]
}

const VERBS: Readonly<Record<string, Verb>> = {
  "read-issue": { method: "read_issue", positional: ["number"], flags: [] },
  "read-comments": { method: "read_comments", positional: ["number"], flags: [] },
  "read-pr": { method: "read_pull_request", positional: ["number"], flags: [] },
  comment: { method: "post_comment", positional: ["number"], flags: ["body-file"] },
  describe: { method: "update_description", positional: ["number"], flags: ["body-file"] },
  "open-pr": { method: "open_pull_request", positional: [], flags: ["title", "body-file", "head", "base"] },
  done: { method: "signal_done", positional: ["status", "summary"], flags: [] },
}
const OPTIONAL = ["head", "base"]

export function parseForgeArguments(args: readonly string[]): ForgeCall {
  const [name = "", ...rest] = args
  if (name === "" || name === "--help" || name === "-h" || name === "help") return { outcome: "help" }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return usage(`unknown command '${name}'`)

  const read = readWords(name, rest, verb.flags)
  if (read.outcome === "usage") return read
  const { positional, flags, isJson } = read
  if (positional.length !== verb.positional.length)
    return usage(`'${name}' takes ${verb.positional.join(" and ") || "flags only"}`)
  const missing = verb.flags.find((flag) => !flags.has(flag) && !OPTIONAL.includes(flag))
  if (missing !== undefined) return usage(`'${name}' needs --${missing}`)
  return compose(verb, { positional, flags, isJson })
}

interface Given {
  readonly positional: readonly string[]
  readonly flags: ReadonlyMap<string, readonly string[]>
  readonly isJson: boolean
}

function compose({ method, positional: names }: Verb, { positional, flags, isJson }: Given): ForgeCall {
  const params: Record<string, unknown> = {}
  for (const [index, name] of names.entries()) {
    const text = positional[index] ?? ""
    if (name === "number" && !/^#?[1-9]\d{0,14}$/.test(text)) return usage(`'${text}' is not an issue's number`)
    params[name] = name === "number" ? Number(text.replace("#", "")) : text
  }
  for (const [flag, values] of flags) if (flag !== "body-file") params[flag] = values.at(-1)
  const bodyFile = flags.get("body-file")?.at(-1)
  return { outcome: "call", method, params, isJson, ...(bodyFile === undefined ? {} : { bodyFile }) }
}

function usage(problem: string): ForgeCall {
  return { outcome: "usage", problem }
}

/** An answer as people read it. */
export function formatForgeResult(method: string, result: unknown): string {
  if (method === "read_comments" && Array.isArray(result))
    return result.length === 0 ? "no comments" : result.map((one) => formatComment(fieldsOf(one))).join("\n\n")
  const fields = fieldsOf(result)
  if (method === "signal_done") return fields["already"] === true ? "signalled already" : "signalled"
  if (method === "post_comment") return `posted comment ${String(fields["id"])}`
  if (method === "update_description") return "updated"
  const { title, body, ...rest } = fields
  const lines = Object.entries(rest).map(
    ([key, value]) => `${key}: ${Array.isArray(value) ? value.join(", ") : String(value)}`,
  )
  return [`# ${String(title)}`, ...lines, "", String(body)].join("\n")
}

function formatComment({ id, user, body, created_at }: Readonly<Record<string, unknown>>): string {
  return `--- ${String(user)}, ${String(created_at)} (comment ${String(id)})\n${String(body)}`
}

/** JSON-RPC's code for a forge that failed; every other error is a refusal. */
export const FORGE_FAILED = -32002
