// The caps that a run has used and the pull requests that are its own: over all its launches.
//
// Counted before the call is made and on disk before it leaves: a crash can only make us
// too careful.

import { randomUUID } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FORGE_FILES, OperatorProblem, type SidecarCaps } from "@bot-bottle/contracts"
import { count, listOf, wholeNumber } from "@bot-bottle/contracts/messages/shapes/bounds"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere } from "@bot-bottle/kernel"
import * as v from "valibot"
import type { CallEffect } from "./methods.ts"

export interface RunRecord {
  readonly pullRequests: readonly number[]
  /** Undefined when the call may be made; it is then counted. */
  take(effect: CallEffect): CapReached | undefined
  addPullRequest(number: number): void
}

export interface CapReached {
  readonly cap: keyof SidecarCaps
  readonly limit: number
}

const recordFile = v.object({
  calls: count(),
  comments: count(),
  edits: count(),
  pullRequests: count(),
  numbers: listOf(wholeNumber(1, Number.MAX_SAFE_INTEGER), 1_000),
})
type Counts = v.InferOutput<typeof recordFile>

const CAP_OF: Readonly<Partial<Record<CallEffect, Exclude<keyof SidecarCaps, "calls">>>> = {
  comment: "comments",
  edit: "edits",
  "pull-request": "pullRequests",
}

export function openRunRecord(folder: string, caps: SidecarCaps, known: readonly number[]): RunRecord {
  const path = join(folder, FORGE_FILES.runRecord)
  let counts = load(path)
  const save = (next: Counts) => {
    const sibling = join(folder, `.${randomUUID()}.tmp`)
    writeFileSync(sibling, JSON.stringify(next), { mode: 0o600, flush: true })
    renameSync(sibling, path)
    counts = next
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  return {
    get pullRequests() {
      return [...new Set([...known, ...counts.numbers])]
    },

    take(effect) {
      // Saying that the work is done must always be possible.
      if (effect === "done") return undefined
      const own = CAP_OF[effect]
      const reached = (["calls", ...(own === undefined ? [] : [own])] as const).find((cap) => counts[cap] >= caps[cap])
      if (reached !== undefined) return { cap: reached, limit: caps[reached] }
      save({ ...counts, calls: counts.calls + 1, ...(own === undefined ? {} : { [own]: counts[own] + 1 }) })
      return undefined
    },

    addPullRequest(number) {
      save({ ...counts, numbers: [...counts.numbers, number] })
    },
  }
}

function load(path: string): Counts {
  const text = ifThere(() => readFileSync(path, "utf8"))
  if (text === undefined) return { calls: 0, comments: 0, edits: 0, pullRequests: 0, numbers: [] }
  const parsed = checkMessage(recordFile, parse(text))
  // Starting from zero would lift the caps.
  if (parsed.outcome === "invalid")
    throw new OperatorProblem(`${path} is damaged: ${parsed.problem}`, { hint: "delete it to reset the run's caps" })
  return parsed.message
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
