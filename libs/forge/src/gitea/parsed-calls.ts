// Calls whose answers are parsed, and lists that are read to their end.
//
// Paging stops by count and by ids already seen, never by an empty page: Gitea ignores `page` on
// comments and would answer the same page without end.

import * as v from "valibot"
import { ForgeError } from "../forge-error.ts"
import type { GiteaCall, SendToGitea } from "./request.ts"

export type Schema<T> = v.GenericSchema<unknown, T>

export interface ParsedCalls {
  ask<T>(schema: Schema<T>, call: GiteaCall): Promise<T>
  /** Every entry, once. */
  list<T>(schema: Schema<T>, idOf: (item: T) => number | undefined, call: GiteaCall): Promise<readonly T[]>
}

/** Gitea gives no more than 50 a page, whatever is asked for. */
const PAGE_SIZE = 50
/** 10 000 entries: a list that is longer is an error, not a short list. */
const MAX_PAGES = 200

export function createParsedCalls(send: SendToGitea): ParsedCalls {
  return {
    async ask(schema, call) {
      const answer = await send(call)
      return parse(schema, call, answer.status, answer.body)
    },

    async list<T>(schema: Schema<T>, idOf: (item: T) => number | undefined, call: GiteaCall) {
      const found: T[] = []
      const seen = new Set<number>()
      for (let page = 1; page <= MAX_PAGES; page++) {
        const query = { ...call.query, limit: `${PAGE_SIZE}`, page: `${page}` }
        const { status, body, headers } = await send({ ...call, query })
        const items = parse(v.array(schema), call, status, body ?? [])
        const fresh = items.filter((item) => {
          const id = idOf(item)
          return id === undefined || !seen.has(id)
        })
        for (const item of fresh) seen.add(idOf(item) ?? Number.NaN)
        found.push(...fresh)
        const total = Number(headers.get("x-total-count") ?? Number.NaN)
        if (fresh.length === 0 || found.length >= total || (Number.isNaN(total) && items.length < PAGE_SIZE))
          return found
      }
      throw new ForgeError({
        ...describeCall(call),
        status: 200,
        body: "",
        why: `the list is longer than ${MAX_PAGES * PAGE_SIZE} entries`,
      })
    },
  }
}

export function describeCall({ method, segments }: GiteaCall) {
  return { method, path: `/${segments.join("/")}` }
}

function parse<T>(schema: Schema<T>, call: GiteaCall, status: number, body: unknown): T {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const where = v.getDotPath(result.issues[0]) ?? ""
  throw new ForgeError({
    ...describeCall(call),
    status,
    body: "",
    why: `the forge's answer is not what Gitea 1.26 gives${where === "" ? "" : ` (at ${where})`}`,
  })
}
