// Makes one call of an agent: parameters, cutoff, caps, audit, scope, and only then the forge.
//
//   INV-32  Every call of an agent on its forge is in the audit chain, and a call that changes something is
//           there before it leaves. When the row cannot be written, nothing is done.

import { randomUUID } from "node:crypto"
import type { CallOutcome, CallRefusal, Dispatch, EgressState } from "@bot-bottle/agent-calls"
import type { SidecarCaps } from "@bot-bottle/contracts"
import { ForgeError, ForgeScopeError } from "@bot-bottle/forge"
import { type CallEdges, type CallEffect, findMethod, type PreparedCall } from "./methods.ts"
import type { RunRecord } from "./run-record.ts"
import { FORGE_CALL, type SemanticLog } from "./semantic-log.ts"

export interface DispatchOptions {
  readonly record: RunRecord
  readonly log: SemanticLog
  /** Made for each call: the writable set may have grown. Its forge announces before it calls the real one. */
  readonly edges: (announce: () => Promise<void>) => CallEdges
  /** True for text that holds a credential of the host's. */
  readonly holdsCredential: (text: string) => boolean
  readonly checkIn: () => void
  readonly reportFailure: (error: unknown) => void
}

interface Place {
  readonly name: string
  readonly effect: CallEffect
  readonly egress: EgressState
  readonly call: string
}

/** An agent that starts many calls at once waits for none of them. */
const MAX_CALLS_AT_ONCE = 8
/** Refusals of requests that are not calls: enough to see them, not enough to fill the chain. */
const MAX_MALFORMED_ROWS = 100

export function createDispatch(options: DispatchOptions): Dispatch {
  const { log, reportFailure, checkIn } = options
  let underWay = 0
  let malformed = 0

  async function refuse(reason: CallRefusal, message: string, noun: string, call: string): Promise<CallOutcome> {
    const isMalformed = reason === "unknown-method" || reason === "invalid-params" || reason === "too-many-calls"
    if (!isMalformed || malformed++ < MAX_MALFORMED_ROWS)
      await log.write(FORGE_CALL, { call, outcome: "refused", reason, text: `refused ${noun}: ${wordsOf(reason)}` })
    return { outcome: "refused", reason, message }
  }

  async function make(name: string, params: unknown, egress: EgressState): Promise<CallOutcome> {
    const call = randomUUID()
    const method = findMethod(name)
    if (method === undefined)
      return refuse("unknown-method", `unknown method ${JSON.stringify(name.slice(0, 64))}`, "unknown method", call)
    const prepared = method.prepare(params)
    if (prepared.outcome === "invalid")
      return refuse("invalid-params", prepared.problem, `${name} with invalid parameters`, call)
    return judge(prepared, { name, effect: method.effect, egress, call })
  }

  async function judge({ did, noun, texts, run }: PreparedCall, place: Place): Promise<CallOutcome> {
    const { name, effect, egress, call } = place
    if (egress === "cut" && effect !== "read" && effect !== "done")
      return refuse("cut-off", "the run is cut off: only reading and signal_done are left", noun, call)
    if (texts.some(options.holdsCredential))
      return refuse("holds-credential", "the text holds a credential of the host", noun, call)
    const reached = options.record.take(effect)
    if (reached !== undefined) return refuse("cap-reached", describeCap(reached.cap, reached.limit), noun, call)

    const announce = () => log.write(FORGE_CALL, { call, method: name, outcome: "allowed", text: did })
    try {
      if (effect === "done") await announce()
      return { outcome: "done", result: await run(options.edges(announce)) } as const
    } catch (error) {
      if (error instanceof ForgeScopeError) return refuse("out-of-scope", error.message, noun, call)
      if (!(error instanceof ForgeError)) throw error
      const { status } = error
      const text = `failed ${noun}: ${status === 0 ? "no answer" : `the forge answered ${status}`}`
      await log.write(FORGE_CALL, { call, method: name, outcome: "failed", status, text })
      return { outcome: "failed", status, message: error.message } as const
    }
  }

  return async (name, params, egress) => {
    if (underWay >= MAX_CALLS_AT_ONCE)
      return refuse("too-many-calls", `more than ${MAX_CALLS_AT_ONCE} calls at once`, "call", randomUUID())
    underWay++
    try {
      checkIn()
      return await make(name, params, egress)
    } catch (error) {
      reportFailure(error)
      return {
        outcome: "refused",
        reason: "unavailable",
        message: "the call could not be recorded or made; try again later",
      }
    } finally {
      underWay--
    }
  }
}

function describeCap(cap: keyof SidecarCaps, limit: number): string {
  const nouns = { calls: "calls", comments: "comments", edits: "edits of descriptions", pullRequests: "pull requests" }
  return `the run may make ${limit} ${nouns[cap]}, and has made them`
}

function wordsOf(reason: CallRefusal): string {
  return reason === "out-of-scope" ? "out of assigned scope" : reason.replaceAll("-", " ")
}
