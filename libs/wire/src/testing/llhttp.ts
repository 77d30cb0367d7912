// A second opinion for tests: llhttp, the parser of Node, as WebAssembly out of undici.
//
// Reads one message and says what it made of it. It takes more than we do; the tests hold us to
// the other direction: it must take all that we take, and frame it alike.

import { createRequire } from "node:module"

export interface OracleMessage {
  readonly outcome: "message"
  readonly method: number
  readonly status: number
  readonly target: string
  /** `name: value`, as it understood them. */
  readonly headers: readonly string[]
  readonly body: Buffer
  /** Where the message ends. */
  readonly end: number
}

export type OracleReading =
  | OracleMessage
  /** `body`: of what came so far. */
  | { readonly outcome: "incomplete"; readonly body: Buffer; readonly headIsWhole: boolean }
  | { readonly outcome: "refused"; readonly code: number }

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  _initialize?(): void
  malloc(bytes: number): number
  free(at: number): void
  llhttp_alloc(type: number): number
  llhttp_free(parser: number): void
  llhttp_execute(parser: number, at: number, length: number): number
  llhttp_finish(parser: number): number
  llhttp_get_method(parser: number): number
  llhttp_get_status_code(parser: number): number
  llhttp_get_error_pos(parser: number): number
}

const REQUEST = 1
const RESPONSE = 2
const OK = 0
const PAUSED = 21
const PAUSED_UPGRADE = 22
const SKIP_BODY = 1

interface Collected {
  target: string
  fields: string[]
  values: string[]
  last: "field" | "value"
  body: Buffer[]
  headIsWhole: boolean
  isComplete: boolean
}

const compiled = new WebAssembly.Module(
  new Uint8Array(createRequire(import.meta.url)("undici/lib/llhttp/llhttp-wasm.js") as Buffer),
)
let collected: Collected = empty()
let isBodyless = false
let wasm = open()

/** A refusal is asked for twice, of a fresh instance: this one's memory has seen everything before it. */
export function askOracle(
  bytes: Uint8Array,
  what: "request" | "response",
  method: string,
  end: "at the end" | "more to come",
): OracleReading {
  const first = ask(bytes, what, method, end)
  if (first.outcome !== "refused") return first
  wasm = open()
  return ask(bytes, what, method, end)
}

function ask(
  bytes: Uint8Array,
  what: "request" | "response",
  method: string,
  how: "at the end" | "more to come",
): OracleReading {
  collected = empty()
  isBodyless = what === "response" && method === "HEAD"
  const parser = wasm.llhttp_alloc(what === "request" ? REQUEST : RESPONSE)
  const at = wasm.malloc(bytes.length + 1)
  try {
    new Uint8Array(wasm.memory.buffer).set(bytes, at)
    const code = wasm.llhttp_execute(parser, at, bytes.length)
    const end = code === OK ? bytes.length : wasm.llhttp_get_error_pos(parser) - at
    if (code === OK && how === "at the end" && !collected.isComplete) wasm.llhttp_finish(parser)
    if (code !== OK && code !== PAUSED && code !== PAUSED_UPGRADE) return { outcome: "refused", code }
    const { target, fields, values, headIsWhole, isComplete } = collected
    const body = Buffer.concat(collected.body)
    if (!isComplete) return { outcome: "incomplete", body, headIsWhole }
    const headers = fields.map((field, index) => `${field}: ${values[index] ?? ""}`)
    const status = wasm.llhttp_get_status_code(parser)
    return { outcome: "message", method: wasm.llhttp_get_method(parser), status, target, headers, body, end }
  } finally {
    wasm.free(at)
    wasm.llhttp_free(parser)
  }
}

function open(): Exports {
  const text = (at: number, length: number) => Buffer.from(wasm.memory.buffer, at, length).toString("latin1")
  const env = {
    wasm_on_url: (_: number, at: number, length: number) => {
      collected.target += text(at, length)
      return 0
    },
    wasm_on_status: () => 0,
    wasm_on_message_begin: () => 0,
    wasm_on_header_field: (_: number, at: number, length: number) => {
      if (collected.last === "value") collected.fields.push("")
      collected.last = "field"
      collected.fields[collected.fields.length - 1] += text(at, length)
      return 0
    },
    wasm_on_header_value: (_: number, at: number, length: number) => {
      collected.last = "value"
      const index = collected.fields.length - 1
      collected.values[index] = (collected.values[index] ?? "") + text(at, length)
      return 0
    },
    wasm_on_headers_complete: () => {
      collected.headIsWhole = true
      return isBodyless ? SKIP_BODY : 0
    },
    wasm_on_body: (_: number, at: number, length: number) => {
      collected.body.push(Buffer.from(Buffer.from(wasm.memory.buffer, at, length)))
      return 0
    },
    wasm_on_message_complete: () => {
      collected.isComplete = true
      return PAUSED
    },
  }
  const instance = new WebAssembly.Instance(compiled, { env })
  return instance.exports as unknown as Exports
}

function empty(): Collected {
  return { target: "", fields: [], values: [], last: "value", body: [], headIsWhole: false, isComplete: false }
}
