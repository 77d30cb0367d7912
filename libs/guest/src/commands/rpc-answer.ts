// Reads the answer of a service of the run's own, JSON-RPC 2.0. Runs in a bottle, so it imports
// nothing.

export interface RpcAnswer {
  readonly result: unknown
  readonly error: { readonly code: number; readonly message: string } | undefined
}

/** Undefined for a text that such a service does not write. */
export function readRpcAnswer(text: string): RpcAnswer | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const { jsonrpc, result, error } = fieldsOf(body)
  if (jsonrpc !== "2.0") return undefined
  if (error === undefined) return { result, error: undefined }
  const { code, message } = fieldsOf(error)
  return { result: undefined, error: { code: Number(code), message: String(message) } }
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
