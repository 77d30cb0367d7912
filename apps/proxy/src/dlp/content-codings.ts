// Reads a Content-Encoding: how a body is packed, if it is. Several names pack nothing: they label
// plain bytes, or frame them.

export type ContentCodings =
  /** The bytes can be looked through as they are. */
  | { readonly kind: "plain" }
  /** In the order applied. `isFramed`: AWS's chunks are around all of it. */
  | { readonly kind: "packed"; readonly codings: string; readonly isFramed: boolean }
  /** Nobody here can look into it. */
  | { readonly kind: "unknown" }

/** The codings that this build can unpack; each layer multiplies the size of a bomb by a thousand. */
const PACKINGS: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate", "br", "zstd"])
const MAX_LAYERS = 2
/** Sent by clients in the wild: of AWS and its predecessors, of mail, of character sets. */
const LABELS: ReadonlySet<string> = new Set([
  "identity",
  "none",
  "amz-1.0",
  "7bit",
  "8bit",
  "binary",
  "base64",
  "plain",
  "text",
  "ascii",
  "us-ascii",
  "utf-8",
  "utf8",
  "iso-8859-1",
  "null",
])
const AWS_FRAMES = "aws-chunked"

export function readContentCodings(contentEncoding: string | undefined): ContentCodings {
  if (contentEncoding === undefined || contentEncoding === "") return { kind: "plain" }
  const names = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !LABELS.has(name))
  const packings = names.filter((name) => name !== AWS_FRAMES)
  const isFramed = packings.length < names.length
  if (names.length === 0) return { kind: "plain" }
  if (packings.length > MAX_LAYERS || packings.some((name) => !PACKINGS.has(name))) return { kind: "unknown" }
  return { kind: "packed", codings: packings.join(", "), isFramed }
}

/** The packings to undo, `""` for none. Undefined where nobody here can undo them. */
export function packingsOf(contentEncoding: string | undefined): string | undefined {
  const codings = readContentCodings(contentEncoding)
  if (codings.kind === "plain") return ""
  return codings.kind === "packed" && !codings.isFramed ? codings.codings : undefined
}
