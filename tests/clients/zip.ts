// Writes a zip archive of small files, none of them compressed: what package registries serve.

export interface ZipEntry {
  readonly path: string
  readonly content: string
  /** As of a regular file. */
  readonly mode?: number
}

export function zip(entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, content, mode = 0o644 } of entries) {
    const name = Buffer.from(path)
    const data = Buffer.from(content)
    const sums = Buffer.alloc(12)
    sums.writeUInt32LE(Bun.hash.crc32(data), 0)
    sums.writeUInt32LE(data.length, 4)
    sums.writeUInt32LE(data.length, 8)
    // Version 2.0, no flags, stored, 1 January 1980.
    const head = Buffer.concat([u16(20), u16(0), u16(0), u16(0), u16(0x21), sums, u16(name.length), u16(0)])
    parts.push(u32(0x04034b50), head, name, data)
    const attributes = Buffer.concat([u16(0), u16(0), u16(0), u32((0o100000 | mode) * 0x10000)])
    directory.push(u32(0x02014b50), u16(0x0314), head, attributes, u32(offset), name)
    offset += 4 + head.length + name.length + data.length
  }
  const central = Buffer.concat(directory)
  const counts = [u16(0), u16(0), u16(entries.length), u16(entries.length)]
  const end = Buffer.concat([u32(0x06054b50), ...counts, u32(central.length), u32(offset), u16(0)])
  return new Uint8Array(Buffer.concat([...parts, central, end]))
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
