// Readers: how a tree of YAML becomes typed values, each with the file and line it came from.
//
// A reader returns its value, or undefined after having reported why not. Reading continues, so one
// pass finds every problem of a file. Written here rather than with a schema library because those
// see plain values: the line of every value would have to be found again.
//
//   INV-23  A key that no reader is named for is a problem. It is never dropped: a misspelt
//           'budget' would otherwise mean no budget.

import { quoted } from "../problem.ts"
import { suggestWord } from "./nearest-word.ts"
import type { YamlMapping, YamlNode } from "./yaml-text.ts"

export interface Origin {
  readonly file: string
  readonly line: number
}

export interface Sourced<T> {
  readonly value: T
  readonly origin: Origin
}

/** Where a reader stands, and whom it tells. */
export interface Place {
  readonly file: string
  /** How messages name the value: `limits.memory`. Empty at the top of the file. */
  readonly path: string
  report(line: number, message: string, hint?: string): void
}

export type Reader<T> = (node: YamlNode, place: Place) => T | undefined
export type Readers<S> = { readonly [K in keyof S]: Reader<S[K]> }
export type Fields<S> = { readonly [K in keyof S]?: Sourced<S[K]> }
export type Entries<T> = Readonly<Record<string, Sourced<T>>>

/** A mapping with known keys, every one of them optional. */
export function fields<S extends object>(readers: Readers<S>): Reader<Fields<S>> {
  return (node, place) => {
    const mapping = expectMapping(node, place)
    const found = mapping?.entries.flatMap(({ key, line, value: child }) => {
      if (!Object.hasOwn(readers, key)) {
        const where = place.path === "" ? "" : ` in '${place.path}'`
        place.report(line, `unknown key ${quoted(key)}${where}${suggestWord(key, Object.keys(readers))}`)
        return []
      }
      const value = readers[key as keyof S](child, inside(place, key))
      return value === undefined ? [] : [[key, { value, origin: { file: place.file, line } }] as const]
    })
    return found && (Object.fromEntries(found) as Fields<S>)
  }
}

/** A mapping whose keys are names; `checkKey` says what is wrong with one. */
export function entries<T>(
  checkKey: (key: string) => string | undefined,
  reader: (node: YamlNode, place: Place, key: string) => T | undefined,
): Reader<Entries<T>> {
  return (node, place) => {
    const mapping = expectMapping(node, place)
    const found = mapping?.entries.flatMap(({ key, line, value: child }) => {
      const problem = checkKey(key)
      if (problem !== undefined) place.report(line, `'${place.path}': ${problem}`)
      const value = reader(child, inside(place, key), key)
      return value === undefined || problem !== undefined
        ? []
        : [[key, { value, origin: { file: place.file, line } }] as const]
    })
    return found && Object.fromEntries(found)
  }
}

/** Without their origins. Own properties only, whatever the keys are called. */
export function fieldValues<S extends object>(found: Fields<S>): { readonly [K in keyof S]?: S[K] } {
  return entryValues(found as Entries<unknown>) as { readonly [K in keyof S]?: S[K] }
}

/** The same for a mapping whose keys are names. */
export function entryValues<T>(found: Entries<T>): Readonly<Record<string, T>>
export function entryValues<T, U>(found: Entries<T>, map: (value: T) => U): Readonly<Record<string, U>>
export function entryValues<T>(found: Entries<T>, map: (value: T) => unknown = (value) => value): object {
  return Object.fromEntries(Object.entries(found).map(([key, { value }]) => [key, map(value)]))
}

/** Items that do not read are left out, reported. */
export function listOf<T>(reader: Reader<T>): Reader<readonly Sourced<T>[]> {
  return (node, place) => {
    if (node.kind !== "list") return reject(node, place, "must be a list", "'[]' is the empty list")
    return node.items.flatMap((item, index) => {
      const value = reader(item, { ...place, path: `${place.path}[${index}]` })
      return value === undefined ? [] : [{ value, origin: { file: place.file, line: item.line } }]
    })
  }
}

export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (node, place) => {
    const word = node.kind === "scalar" ? words.find((candidate) => candidate === node.text) : undefined
    if (word !== undefined) return word
    const suggestion = node.kind === "scalar" ? suggestWord(node.text, words) : `; valid here: ${words.join(", ")}`
    return reject(node, place, `cannot be ${describeNode(node)}${suggestion}`)
  }
}

export const flag: Reader<boolean> = (node, place) =>
  node.kind === "scalar" && typeof node.value === "boolean"
    ? node.value
    : reject(node, place, `must be true or false, not ${describeNode(node)}`)

/** A number from `least` to `most`, both included. */
export function numberBetween(least: number, most: number, { whole }: { readonly whole: boolean }): Reader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  return (node, place) => {
    const value = node.kind === "scalar" && typeof node.value === "number" ? node.value : Number.NaN
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value
    return reject(node, place, `must be a ${whole ? "whole " : ""}number ${range}, not ${describeNode(node)}`)
  }
}

/** Text that `parse` accepts; `parse` gives undefined for the rest. `what` completes "must be …". */
export function textAs<T>(what: string, parse: (text: string) => T | undefined): Reader<T> {
  return (node, place) => {
    const value = node.kind === "scalar" && typeof node.value === "string" ? parse(node.value) : undefined
    return value ?? reject(node, place, `must be ${what}, not ${describeNode(node)}`)
  }
}

/** The same for text that may hold a secret, such as a URL's password: it is not shown. */
export function privateTextAs<T>(what: string, parse: (text: string) => T | undefined): Reader<T> {
  return (node, place) => {
    const value = node.kind === "scalar" && typeof node.value === "string" ? parse(node.value) : undefined
    return value ?? reject(node, place, `must be ${what}`)
  }
}

export function reject(node: YamlNode, place: Place, message: string, hint?: string): undefined {
  place.report(node.line, place.path === "" ? message : `'${place.path}' ${message}`, hint)
  return undefined
}

/** The same place, with a note of whether anything was reported through it: a cross-check after a wrong part would only confuse. */
export function watched(place: Place): Place & { isSound(): boolean } {
  let sound = true
  return {
    ...place,
    report(...problem) {
      sound = false
      place.report(...problem)
    },
    isSound: () => sound,
  }
}

export function hasKey(node: YamlNode, key: string): boolean {
  return node.kind === "mapping" && node.entries.some((entry) => entry.key === key)
}

/** For messages; quotes the text, so never for what may be a secret. */
export function describeNode(node: YamlNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`
  return node.value === null ? "empty" : quoted(node.text)
}

function expectMapping(node: YamlNode, place: Place): YamlMapping | undefined {
  if (node.kind === "mapping") return node
  return reject(node, place, "must be a mapping of keys and values", "'{}' is the empty mapping")
}

function inside(place: Place, key: string): Place {
  // A key of another alphabet or of 300 bytes is quoted where it is refused, not in every path.
  const shown = /^[\w.-]{1,64}$/.test(key) ? key : "?"
  return { ...place, path: place.path === "" ? shown : `${place.path}.${shown}` }
}
