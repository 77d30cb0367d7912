// The building blocks of message schemas. Each has an upper bound: a field without one lets a
// sender choose how much memory its receiver spends.

import * as v from "valibot"

export const boundedText = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))

export const nonEmptyText = (maxLength: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength))

export const wholeNumber = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))

/** Any count, size or time in milliseconds since 1970. */
export const count = () => wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** The length comes first: a long list costs nothing to refuse. */
export const listOf = <Entry extends v.GenericSchema>(entry: Entry, maxLength: number) =>
  v.pipe(v.array(v.unknown()), v.maxLength(maxLength), v.array(entry), v.readonly())

/** Bytes as standard base64, padded. */
export const base64 = (maxBytes: number) =>
  v.pipe(v.string(), v.maxLength(Math.ceil(maxBytes / 3) * 4), v.regex(BASE64))

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
