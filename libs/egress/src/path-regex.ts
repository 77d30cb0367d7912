// Regular expressions for path rules, in time linear in the path.
//
// JavaScript's own engine backtracks: `(a|a)*b` on an agent's path would stall the proxy. So
// these are a regular subset, compiled to states that all advance together (Thompson 1968):
// the cost is path length times states, and states are bounded. There is nothing to tune and
// no time limit to guess. Always matched against the whole path.
//
// Subset: literals, `.`, `[a-z]`, `[^/]`, `\d \D \w \W`, `\` before punctuation, `( )`,
// `(?: )`, `|`, `* + ?`, `{2}`, `{2,}`, `{2,5}`; `^` at the start and `$` at the end are noise.

import { type CharSet, type RegexNode, readPathRegex } from "./path-regex-syntax.ts"

export type PathRegex = { readonly kind: "regex"; matches(path: string): boolean } | PathRegexProblem
export interface PathRegexProblem {
  readonly kind: "problem"
  readonly detail: string
}

const MAX_LENGTH = 256
const MAX_STATES = 256
const MAX_BUILD_STEPS = 10_000

export function parsePathRegex(pattern: string, options: { readonly ignoreCase: boolean }): PathRegex {
  if (pattern.length > MAX_LENGTH) return problem(`is longer than ${MAX_LENGTH} characters`)
  if (!/^[\x21-\x7e]+$/.test(pattern)) return problem("is empty or has a character no path has unescaped")
  try {
    const program = assemble(readPathRegex(pattern, options))
    return { kind: "regex", matches: (path) => run(program, path) }
  } catch (error) {
    if (error instanceof SyntaxError) return problem(error.message)
    throw error
  }
}

/** A state with a set reads one character and goes to `next`; one without forks to `next` and `other`. */
interface State {
  readonly set: CharSet | undefined
  next: number
  other: number
}
interface Program {
  readonly states: readonly State[]
  readonly start: number
}

/** State 0 is the match. Built from the end backwards, so every state knows where it leads. */
function assemble(root: RegexNode): Program {
  const states: State[] = [{ set: undefined, next: 0, other: 0 }]
  let steps = 0
  return { states, start: build(root, 0) }

  function add(state: State): number {
    if (states.length >= MAX_STATES) throw new SyntaxError(`needs more than ${MAX_STATES} states`)
    return states.push(state) - 1
  }

  function build(node: RegexNode, next: number): number {
    // Repeats of nothing add no state, so states alone would not bound the work.
    if (++steps > MAX_BUILD_STEPS) throw new SyntaxError("repeats repeats too often")
    switch (node.kind) {
      case "set":
        return add({ set: node.set, next, other: next })
      case "sequence":
        return node.nodes.reduceRight((after, part) => build(part, after), next)
      case "choice":
        return node.nodes
          .map((part) => build(part, next))
          .reduce((other, start) => add({ set: undefined, next: start, other }))
      case "repeat":
        return buildRepeat(node.node, node.min, node.max, next)
    }
  }

  function buildRepeat(node: RegexNode, min: number, max: number, next: number): number {
    let start = next
    if (max === Infinity) {
      start = add({ set: undefined, next, other: next })
      const loop = states[start]
      if (loop !== undefined) loop.next = build(node, start)
    } else {
      for (let i = min; i < max; i++) start = add({ set: undefined, next: build(node, start), other: next })
    }
    for (let i = 0; i < min; i++) start = build(node, start)
    return start
  }
}

function run({ states, start }: Program, path: string): boolean {
  // `seen[s]` is the position for which state s is already listed, plus one.
  const seen = new Uint32Array(states.length)
  let current: number[] = []
  let upcoming: number[] = []
  enter(current, start, 1)

  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    for (const index of current) {
      const state = states[index]
      if (state?.set?.[code] === 1) enter(upcoming, state.next, at + 2)
    }
    if (upcoming.length === 0) return false
    ;[current, upcoming] = [upcoming, current]
    upcoming.length = 0
  }
  return current.includes(0)

  function enter(list: number[], from: number, mark: number): void {
    const pending = [from]
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const state = states[index]
      if (state === undefined || seen[index] === mark) continue
      seen[index] = mark
      if (state.set !== undefined || index === 0) list.push(index)
      else pending.push(state.other, state.next)
    }
  }
}

function problem(detail: string): PathRegexProblem {
  return { kind: "problem", detail }
}
