// How a request's body is delimited on the wire. A type only.

/** How many bytes after the head belong to this request. */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
