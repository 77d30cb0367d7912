// Reads the head of a proxy request: CONNECT, or absolute-form plain HTTP. Pure.

export type RequestHead =
  | { readonly kind: "incomplete" }
  | { readonly kind: "malformed"; readonly detail: string }
  /** `length`: bytes of the head; what follows belongs to the tunnel. */
  | { readonly kind: "connect"; readonly authority: string; readonly length: number }
  | {
      readonly kind: "absolute"
      readonly method: string
      readonly authority: string
      /** Origin form, with query. */
      readonly target: string
      readonly length: number
    }

export function readRequestHead(bytes: Uint8Array): RequestHead {
  throw new Error(`to be built: ${bytes}`)
}
