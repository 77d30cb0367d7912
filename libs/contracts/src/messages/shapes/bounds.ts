// The building blocks of message schemas. Each has an upper bound: a field without one lets a
// sender choose how much memory its receiver spends.

import * as v from "valibot"
import type { ProcessIdentity } from "../../run/process-identity.ts"

export const boundedText = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))

export const nonEmptyText = (maxLength: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength))

/** An identifier: a slug, a label, the name of an agent, a bottle, a provider. */
export const name = () => boundedText(256)

/** A path on the host or in a bottle. Linux's own limit. */
export const path = () => v.pipe(v.string(), v.minLength(1), v.maxLength(4_096), v.regex(NO_NUL, "no NUL character"))

export const wholeNumber = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))

/** Any count or size; a time in milliseconds since 1970. */
export const count = () => wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** The length comes first: a long list costs nothing to refuse. */
export const listOf = <Entry extends v.GenericSchema>(entry: Entry, maxLength: number) =>
  v.pipe(v.array(v.unknown()), v.maxLength(maxLength), v.array(entry), v.readonly())

export const recordOf = <Value extends v.GenericSchema>(value: Value, maxEntries: number) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isObject, "an object"),
    v.maxEntries(maxEntries),
    v.record(boundedText(4_096), value),
    v.readonly(),
  )

/** Bytes as standard base64, padded. */
export const base64 = (maxBytes: number) =>
  v.pipe(v.string(), v.maxLength(Math.ceil(maxBytes / 3) * 4), v.regex(BASE64, "base64"))

/** Linux takes no longer argument, and no longer variable. */
const ARGUMENT_MAX = 128 * 1024
const argument = () => v.pipe(v.string(), v.maxLength(ARGUMENT_MAX), v.regex(NO_NUL, "no NUL character"))

export const programArguments = () => listOf(argument(), 8_192)

/** A program and its arguments. */
export const programArgv = () => v.pipe(programArguments(), v.minLength(1))

export const environment = () => recordOf(argument(), 8_192)

/** `satisfies EntriesOf<T>`: a schema that forgets a field of its type does not compile. */
export type EntriesOf<T> = { readonly [Key in keyof Required<T>]: v.ObjectEntries[string] }

export const processIdentity = () =>
  v.pipe(v.string(), v.regex(PROCESS_IDENTITY, "a process identity"), v.custom<ProcessIdentity>(isText))

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value)
const isText = (value: unknown) => typeof value === "string"
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const PROCESS_IDENTITY = /^\d{1,10}:\d{1,20}:[\w-]{1,64}$/
/** A NUL would end a C string early. */
const NO_NUL = /^[^\0]*$/
