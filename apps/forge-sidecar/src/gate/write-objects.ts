// Writes the new objects of a push out for the scanners, by their ids: no name, attribute or
// ignore file of the agent's decides what is looked at.

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { streamGateGit } from "./git-process.ts"
import { GateFailure, type NewObject, type PushPlace } from "./new-objects.ts"
import { readObjects } from "./read-objects.ts"

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
  for await (const { oid, type, bytes } of readObjects(
    place,
    objects.map((object) => object.oid),
  )) {
    const object = byOid.get(oid) ?? { oid, path: "" }
    const shown = type === "tree" ? listNames(bytes) : bytes
    inspect(object, shown)
    // gitleaks skips what begins like an archive or a picture; nothing begins so after a newline.
    await Bun.write(join(plain, type === "blob" ? oid : `${oid}.${type}`), new Blob([NEWLINE, shown]))
    if (type !== "blob") continue
    const wide = wideText(bytes)
    if (wide !== undefined) await Bun.write(join(plain, `${oid}.${WIDE}`), `\n${wide}`)
    for (const extension of archiveExtensions(bytes)) {
      hasArchives = true
      await Bun.write(join(archives, `${oid}.${extension}`), bytes)
    }
  }
  return { plain, archives, hasArchives }
}

async function checkTotalSize(place: PushPlace, objects: readonly NewObject[]): Promise<void> {
  const child = streamGateGit(place.gitDir, ["cat-file", "--batch-check=%(objectsize)"], {
    env: place.quarantine,
    stdin: new TextEncoder().encode(objects.map(({ oid }) => `${oid}\n`).join("")),
  })
  const [text, exitCode] = await Promise.all([child.stdout.text(), child.exited])
  // A push may add no object: a new branch at a commit that the forge has already.
  const sizes = text
    .split("\n")
    .filter((line) => line !== "")
    .map(Number)
  if (exitCode !== 0 || sizes.length !== objects.length || sizes.some(Number.isNaN))
    throw new GateFailure("the push's objects cannot be read")
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_TOTAL_BYTES)
    throw new GateFailure("the push holds more than 1 GiB, unpacked")
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

/** gitleaks reads an archive as its name says; a compressed tar needs both endings. */
function archiveExtensions(bytes: Uint8Array): readonly string[] {
  const extension = MAGICS.find(([, at, magic]) => magic.every((byte, i) => bytes[at + i] === byte))?.[0]
  if (extension === undefined) return endsLikeZip(bytes) ? ["zip"] : []
  return COMPRESSIONS.has(extension) ? [extension, `tar.${extension}`] : [extension]
}

const COMPRESSIONS: ReadonlySet<string> = new Set(["gz", "xz", "bz2", "zst"])
const ZIP_END = Buffer.from("PK\x05\x06", "latin1")
/** The end record and the longest comment after it. */
const MAX_ZIP_TAIL = 22 + 0xffff

/** A zip is read from its end: anything may stand before it. */
function endsLikeZip(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(-MAX_ZIP_TAIL)).lastIndexOf(ZIP_END) !== -1
}

/** The ending of a file with the text of `wideText`. */
export const WIDE = "wide"
// UTF-16 and UTF-32 put NUL bytes between the letters, and gitleaks' patterns know none.
const WIDE_RUN = /(?:[\t\n\r\x20-\x7e]\0{1,3}){12,}/g

function wideText(bytes: Uint8Array): string | undefined {
  if (!bytes.includes(0)) return undefined
  const runs = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").match(WIDE_RUN)
  return runs?.map((run) => run.replaceAll("\0", "")).join("\n")
}
