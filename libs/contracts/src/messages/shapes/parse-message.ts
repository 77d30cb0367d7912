// Turns text from another process into a message, or into a named problem.
//
// The sender may be another build, or an agent: nothing of its text is used before the schema has
// accepted it. A problem names the field and the rule, and never quotes a value, which may be a
// credential.

import * as v from "valibot"

export type MessageSchema<Message = unknown> = v.GenericSchema<unknown, Message>
export type MessageOf<Schema extends MessageSchema> = Readonly<v.InferOutput<Schema>>

export type Parsed<Message> =
  | { readonly outcome: "parsed"; readonly message: Message }
  | { readonly outcome: "invalid"; readonly reason: InvalidReason; readonly problem: string }

export type InvalidReason = "too-long" | "not-json" | "other-protocol" | "wrong-shape"

/** `maxLength` is in characters. Only the first problem is reported: a long list of them costs time and tells no more. */
export function parseMessage<Schema extends MessageSchema>(
  schema: Schema,
  text: string,
  { maxLength }: { readonly maxLength: number },
): Parsed<MessageOf<Schema>> {
  const read = readJson(text, maxLength)
  return read.outcome === "parsed" ? checkMessage(schema, read.message) : read
}

/** The first message of a conversation. Its `protocol` is compared before its shape, which may differ between versions. */
export function parseGreeting<Schema extends MessageSchema>(
  schema: Schema,
  text: string,
  { maxLength, protocol }: { readonly maxLength: number; readonly protocol: number },
): Parsed<MessageOf<Schema>> {
  const read = readJson(text, maxLength)
  if (read.outcome === "invalid") return read
  const theirs = v.safeParse(GREETING, read.message)
  if (!theirs.success) return invalid("wrong-shape", describeIssue(theirs.issues[0]))
  if (theirs.output.protocol !== protocol) return invalid("other-protocol", describeProtocols(theirs.output, protocol))
  return checkMessage(schema, read.message)
}

/** For a value that is parsed already: the body of an HTTP request, the export of a module. */
export function checkMessage<Schema extends MessageSchema>(schema: Schema, value: unknown): Parsed<MessageOf<Schema>> {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return { outcome: "parsed", message: result.output as MessageOf<Schema> }
  return invalid("wrong-shape", describeIssue(result.issues[0]))
}

const GREETING = v.object({ protocol: v.optional(v.pipe(v.number(), v.safeInteger())) })

function readJson(text: string, maxLength: number): Parsed<unknown> {
  if (text.length > maxLength) return invalid("too-long", `it is longer than ${maxLength} characters`)
  try {
    const message: unknown = JSON.parse(text)
    return { outcome: "parsed", message }
  } catch {
    // The parser's own message quotes the text.
    return invalid("not-json", "it is not valid JSON")
  }
}

function describeProtocols({ protocol }: v.InferOutput<typeof GREETING>, own: number): string {
  const theirs = protocol === undefined ? "it names no protocol version" : `it uses protocol version ${protocol}`
  return `${theirs}; this build of bot-bottle uses version ${own}`
}

/** A field's name comes from the sender, too. */
const SHOWN_NAME_MAX = 40
const EXPECTED_MAX = 200

function describeIssue({ path, expected, message, type, input }: v.BaseIssue<unknown>): string {
  const names = (path ?? []).map(({ key }) => shownName(key)).join(".")
  const subject = names === "" ? "it" : `'${names}'`
  if (input === undefined && names !== "") return `${subject} is missing`
  if (expected === "never") return `${subject} is not a known field`
  // valibot's own messages begin with "Invalid" and quote the value; a schema's own message names the rule.
  const rule = message.startsWith("Invalid") ? (expected ?? type.replaceAll("_", " ")) : message
  return `${subject} is invalid: expected ${rule.slice(0, EXPECTED_MAX)}`
}

function shownName(key: unknown): string {
  const name = String(key)
  return /^[\w.:/*-]*$/.test(name) ? name.slice(0, SHOWN_NAME_MAX) : "…"
}

function invalid(reason: InvalidReason, problem: string): Parsed<never> {
  return { outcome: "invalid", reason, problem }
}
