// The cost of an image in a request to an OpenAI model, by the provider's documented sizes. Some
// models count a base and a price for each tile of 512 pixels after the image was scaled down.
// Others count one token for each patch of 32 pixels up to a limit, times a factor. Newest and
// unknown models go by patches.

export interface PixelSize {
  readonly width: number
  readonly height: number
}

export type ImageDetail = "low" | "high" | "original"

type Pricing =
  | { readonly kind: "tiles"; readonly base: number; readonly tile: number }
  | { readonly kind: "patches"; readonly most: number; readonly factor: number }

const PRICINGS: readonly (readonly [RegExp, Pricing])[] = [
  [/^gpt-4o-mini/, { kind: "tiles", base: 2833, tile: 5667 }],
  [/^(?:gpt-4\.1|gpt-5)-nano/, { kind: "patches", most: 1536, factor: 2.46 }],
  [/^(?:gpt-4\.1|gpt-5)-mini/, { kind: "patches", most: 1536, factor: 1.62 }],
  [/^o4-mini/, { kind: "patches", most: 1536, factor: 1.72 }],
  [/^(?:gpt-5(?:\.[0-3])?(?:-|$))/, { kind: "tiles", base: 85, tile: 170 }],
  [/^(?:gpt-4|chatgpt-4o|o\d|computer-use)/, { kind: "tiles", base: 85, tile: 170 }],
]
const NEWEST: Pricing = { kind: "patches", most: 2500, factor: 1.2 }
/** With detail `original` the newest models look at up to this many patches. */
const ORIGINAL_PATCHES = 10_000
const MAX_TILES = 8

/** `size` undefined: whatever costs most. */
export function imageTokens(model: string, size: PixelSize | undefined, detail: ImageDetail): number {
  const name = model.slice(model.lastIndexOf("/") + 1)
  const pricing = PRICINGS.find(([pattern]) => pattern.test(name))?.[1] ?? NEWEST
  if (pricing.kind === "tiles") {
    const tiles = detail === "low" ? 0 : size === undefined ? MAX_TILES : tilesOf(size)
    return pricing.base + pricing.tile * tiles
  }
  const most = detail === "original" ? ORIGINAL_PATCHES : pricing.most
  return Math.ceil(pricing.factor * (size === undefined ? most : Math.min(most, patchesOf(size))))
}

/** Scaled to fit a square of 2048 pixels, then to a shortest side of 768. */
function tilesOf({ width, height }: PixelSize): number {
  const fit = Math.min(1, 2048 / Math.max(width, height))
  const scale = fit * Math.min(1, 768 / (fit * Math.min(width, height)))
  return Math.min(MAX_TILES, Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512))
}

function patchesOf({ width, height }: PixelSize): number {
  return Math.ceil(width / 32) * Math.ceil(height / 32)
}

/** Of an image in a `data:` URL, as far as its first bytes say. */
export function pixelSizeOf(url: string): PixelSize | undefined {
  const comma = url.slice(0, 200).indexOf(";base64,")
  if (!url.startsWith("data:") || comma === -1) return undefined
  return pixelSizeOfBase64(url.slice(comma + 8, comma + 8 + HEAD_CHARACTERS))
}

/** Where a JPEG names its size there may be a preview and a color profile before. */
const HEAD_CHARACTERS = 256 * 1024

export function pixelSizeOfBase64(data: string): PixelSize | undefined {
  const head = Buffer.from(data.slice(0, HEAD_CHARACTERS), "base64")
  if (head.length >= 24 && head.readUInt32BE(0) === 0x89504e47)
    return sized(head.readUInt32BE(16), head.readUInt32BE(20))
  if (head.length >= 10 && head.toString("latin1", 0, 4) === "GIF8")
    return sized(head.readUInt16LE(6), head.readUInt16LE(8))
  return head.length >= 4 && head.readUInt16BE(0) === 0xffd8 ? jpegSize(head) : undefined
}

/** Walks the segments to the frame header, whose markers are C0 to CF but for three. */
function jpegSize(head: Buffer): PixelSize | undefined {
  for (let at = 2; at + 9 < head.length; at += 2 + head.readUInt16BE(at + 2)) {
    if (head[at] !== 0xff) return undefined
    const marker = head[at + 1] ?? 0
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return sized(head.readUInt16BE(at + 7), head.readUInt16BE(at + 5))
  }
  return undefined
}

function sized(width: number, height: number): PixelSize | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined
}
