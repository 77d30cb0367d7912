// The cost of images and documents in a request, by the provider's documented sizes. An image costs
// width × height / 750 after it was scaled down; a PDF page costs its text and a picture of it.

import { asText, type JsonObject } from "@bot-bottle/contracts"

// The largest an image is scaled down to on models with high resolution.
const MAX_IMAGE_TOKENS = 4784
const MAX_PAGE_TOKENS = 3000 + 1600
const MAX_PAGES = 600
// A page of dense text, deflated, is about a kilobyte: in files that pack their page objects
// away, bytes are all there is to go by.
const BYTES_PER_PACKED_PAGE = 1000
/** A document named by URL or file id may be anything the provider takes. */
const REFERENCED_DOCUMENT_TOKENS = 200_000

export function estimateImageTokens(source: JsonObject | undefined): number {
  const data = asText(source?.["data"])
  if (data === undefined) return MAX_IMAGE_TOKENS
  // A PNG's head holds its width and height at bytes 16 and 20; 32 bytes are 44 characters.
  const head = Buffer.from(data.slice(0, 44), "base64")
  if (head.length < 24 || head.readUInt32BE(0) !== 0x89504e47) return MAX_IMAGE_TOKENS
  const tokens = Math.ceil((head.readUInt32BE(16) * head.readUInt32BE(20)) / 750)
  return Math.min(MAX_IMAGE_TOKENS, Math.max(1, tokens))
}

/** Of a document that is not text. */
export function estimateDocumentTokens(source: JsonObject | undefined): number {
  if (source?.["type"] !== "base64") return REFERENCED_DOCUMENT_TOKENS
  return pageCount(Buffer.from(asText(source["data"]) ?? "", "base64").toString("latin1")) * MAX_PAGE_TOKENS
}

/** The largest number of pages that the file names: objects, entries in the page tree, and its own count. */
function pageCount(file: string): number {
  // Names may be spelled with escapes, `/P#61ge`.
  const pdf = file.replace(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const packed = pdf.includes("/ObjStm") ? Math.ceil(pdf.length / BYTES_PER_PACKED_PAGE) : 0
  const visible = pdf.match(/\/Type\s*\/Page(?![a-z])/g)?.length ?? 0
  const counted = [...pdf.matchAll(/\/Count\s+(\d{1,9})/g)].reduce(
    (most, [, count]) => Math.max(most, Number(count)),
    0,
  )
  const kids = [...pdf.matchAll(/\/Kids\s*\[([^\]]*)\]/g)].flatMap(
    ([, list = ""]) => list.match(/\d+\s+\d+\s+R/g) ?? [],
  )
  // One page, or one whole branch, may be named any number of times.
  if (new Set(kids.map((kid) => kid.replace(/\s+/g, " "))).size < kids.length) return MAX_PAGES
  return Math.min(MAX_PAGES, Math.max(1, packed, visible, counted, kids.length))
}
