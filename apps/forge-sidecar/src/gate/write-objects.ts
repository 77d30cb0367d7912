// Writes the new objects of a push out for the scanners, by their ids: no name, attribute or
// ignore file of the agent's decides what is looked at.

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { streamGateGit } from "./git-process.ts"
import { GateFailure, type NewObject, type PushPlace } from "./new-objects.ts"

export interface WrittenObjects {
  /** Every object as text: blobs, commits, folder listings. */
  readonly plain: string
  /** Archives once more, under their extension. */
  readonly archives: string
  readonly hasArchives: boolean
}

/** Deflate packs a thousand to one: what is pushed small may be large. */
const MAX_TOTAL_BYTES = 1024 * 1024 * 1024
const NEWLINE = new Uint8Array([10])

/** `inspect` sees each object's bytes; it throws to end the work. */
export async function writeObjects(
  place: PushPlace,
  objects: readonly NewObject[],
  folder: string,
  inspect: (object: NewObject, bytes: Uint8Array) => void,
): Promise<WrittenObjects> {
  const plain = join(folder, "plain")
  const archives = join(folder, "archives")
  for (const path of [plain, archives]) mkdirSync(path, { recursive: true, mode: 0o700 })
  await checkTotalSize(place, objects)

  const byOid = new Map(objects.map((object) => [object.oid, object]))
  let hasArchives = false
  for await (const { oid, type, bytes } of readObjects(place, objects)) {
    const object = byOid.get(oid) ?? { oid, path: "" }
    const shown = type === "tree" ? listNames(bytes) : bytes
    inspect(object, shown)
    // gitleaks skips what begins like an archive or a picture; nothing begins so after a newline.
    await Bun.write(join(plain, type === "blob" ? oid : `${oid}.${type}`), new Blob([NEWLINE, shown]))
    const extension = type === "blob" ? archiveExtension(bytes) : undefined
    if (extension === undefined) continue
    hasArchives = true
    await Bun.write(join(archives, `${oid}.${extension}`), bytes)
  }
  return { plain, archives, hasArchives }
}

async function checkTotalSize(place: PushPlace, objects: readonly NewObject[]): Promise<void> {
  const child = streamGateGit(place.gitDir, ["cat-file", "--batch-check=%(objectsize)"], {
    env: place.quarantine,
    stdin: new TextEncoder().encode(objects.map(({ oid }) => `${oid}\n`).join("")),
  })
  const [text, exitCode] = await Promise.all([child.stdout.text(), child.exited])
  const sizes = text.trim().split("\n").map(Number)
  if (exitCode !== 0 || sizes.length !== objects.length || sizes.some(Number.isNaN))
    throw new GateFailure("the push's objects cannot be read")
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_TOTAL_BYTES)
    throw new GateFailure("the push holds more than 1 GiB, unpacked")
}

interface ReadObject {
  readonly oid: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** `cat-file --batch`: a line `<oid> <type> <size>`, the bytes, a newline. */
async function* readObjects(place: PushPlace, objects: readonly NewObject[]): AsyncGenerator<ReadObject> {
  const child = streamGateGit(place.gitDir, ["cat-file", "--batch"], {
    env: place.quarantine,
    stdin: new TextEncoder().encode(objects.map(({ oid }) => `${oid}\n`).join("")),
  })
  try {
    const source = createByteSource(child.stdout)
    for (const { oid } of objects) {
      const header = /^([0-9a-f]+) (\w+) (\d+)$/.exec(new TextDecoder().decode(await source.takeLine()))
      if (header?.[1] !== oid) throw new GateFailure("the push's objects cannot be read")
      const bytes = await source.take(Number(header[3]))
      await source.take(1)
      yield { oid, type: header[2] ?? "", bytes }
    }
  } finally {
    child.kill()
  }
}

function createByteSource(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  let chunks: Uint8Array[] = []
  let held = 0
  const more = async () => {
    const { done, value } = await reader.read()
    if (done) throw new GateFailure("the push's objects cannot be read")
    chunks.push(value)
    held += value.length
  }
  const take = async (length: number): Promise<Uint8Array> => {
    while (held < length) await more()
    const all = chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks)
    chunks = [all.subarray(length)]
    held = all.length - length
    return all.subarray(0, length)
  }
  return {
    take,
    async takeLine(): Promise<Uint8Array> {
      for (let from = 0; ; ) {
        const all = chunks.length <= 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks)
        chunks = [all]
        const end = all.indexOf(10, from)
        if (end !== -1) {
          const line = await take(end)
          await take(1)
          return line
        }
        from = all.length
        await more()
      }
    },
  }
}

/** The names in a folder, one a line: a secret may be a file's name. */
function listNames(tree: Uint8Array): Uint8Array {
  const names: Uint8Array[] = []
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(32, at)
    const end = tree.indexOf(0, space)
    if (space === -1 || end === -1) break
    names.push(tree.subarray(space + 1, end), NEWLINE)
    at = end + 1 + OID_BYTES
  }
  return Buffer.concat(names)
}

const OID_BYTES = 20

const MAGICS: readonly (readonly [extension: string, at: number, bytes: readonly number[]])[] = [
  ["zip", 0, [0x50, 0x4b, 0x03, 0x04]],
  ["gz", 0, [0x1f, 0x8b]],
  ["xz", 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["bz2", 0, [0x42, 0x5a, 0x68]],
  ["zst", 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ["7z", 0, [0x37, 0x7a, 0xbc, 0xaf]],
  ["rar", 0, [0x52, 0x61, 0x72, 0x21]],
  ["tar", 257, [0x75, 0x73, 0x74, 0x61, 0x72]],
]

function archiveExtension(bytes: Uint8Array): string | undefined {
  return MAGICS.find(([, at, magic]) => magic.every((byte, i) => bytes[at + i] === byte))?.[0]
}
