// One regular file's bytes from one open file to another: blocks shared where the file system
// can, holes kept, and hashed on the way.
//
// The hash is of the bytes that arrived. The source may change while it is read.

import { type BigIntStats, constants, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs"
import { libc } from "@bot-bottle/kernel"

/** FICLONE of linux/fs.h. */
const CLONE = 0x40049409
/** Below this, sharing blocks costs more than it saves. */
const CLONE_FROM_BYTES = 256 * 1024

const buffer = Buffer.allocUnsafeSlow(1024 * 1024)
const zeros = Buffer.alloc(buffer.length)
const times = new BigInt64Array(4)
/** Pairs of file systems that cannot share blocks, by device. */
const unable = new Set<string>()

export interface CopyRequest {
  readonly hashed: boolean
  /** Of the source, from a moment ago: tens of thousands of files are not looked at twice. */
  readonly stat?: BigIntStats
}

export interface CopiedBytes {
  readonly size: number
  /** Of the contents that the target has now, as `digestFile` makes it; undefined when it was not asked for. */
  readonly hash: string | undefined
}

export function copyFileBytes(source: number, target: number, { hashed, stat }: CopyRequest): CopiedBytes {
  const { dev, size: bigSize, blocks } = stat ?? fstatSync(source, { bigint: true })
  const size = Number(bigSize)
  if (size >= CLONE_FROM_BYTES && clone(source, target, dev)) {
    return { size: fstatSync(target).size, hash: hashed ? digestFile(target) : undefined }
  }
  if (size >= LARGE_BYTES) return { size, hash: copyLargeFile(source, target, { hashed, size }) }

  const hash = hashed ? new Bun.CryptoHasher("sha256") : undefined
  const isSparse = blocks * 512n < bigSize
  let position = 0
  for (;;) {
    const count = readSync(source, buffer, 0, buffer.length, position)
    if (count === 0) break
    const bytes = buffer.subarray(0, count)
    hash?.update(bytes)
    if (!isSparse || !isZero(bytes)) writeAll(target, bytes, position)
    position += count
    // The whole of a small file. A file that grows meanwhile is as it was a moment ago.
    if (count < buffer.length && position === size) break
  }
  if (isSparse) ftruncateSync(target, position)
  return { size: position, hash: hash?.digest("hex") }
}

/**
 * The hash that tells one file's contents from another's, hex. SHA-256 of the bytes. Of a large file it is of the
 * size and of the pieces that are not all zero, so that holes cost nothing.
 */
export function digestFile(fd: number): string {
  const { size } = fstatSync(fd)
  if (size < LARGE_BYTES) return hashFile(fd)
  const digest = openLargeDigest(size)
  for (const { position, bytes } of piecesOf(fd, size)) digest.add(position, bytes)
  return digest.hex()
}

/** SHA-256, hex, of an open file from its beginning. */
export function hashFile(fd: number): string {
  const hash = new Bun.CryptoHasher("sha256")
  let position = 0
  for (;;) {
    const count = readSync(fd, buffer, 0, buffer.length, position)
    if (count === 0) return hash.digest("hex")
    hash.update(buffer.subarray(0, count))
    position += count
  }
}

/** From here on a file may be mostly holes: an image of a disk, a database. */
const LARGE_BYTES = 64 * 1024 * 1024

function copyLargeFile(
  source: number,
  target: number,
  { hashed, size }: { readonly hashed: boolean; readonly size: number },
): string | undefined {
  const digest = hashed ? openLargeDigest(size) : undefined
  for (const { position, bytes } of piecesOf(source, size)) {
    writeAll(target, bytes, position)
    digest?.add(position, bytes)
  }
  ftruncateSync(target, size)
  return digest?.hex()
}

function openLargeDigest(size: number) {
  const hash = new Bun.CryptoHasher("sha256").update(`${size}\n`)
  return {
    add: (position: number, bytes: Uint8Array) => void hash.update(`${position} ${bytes.byteLength}\n`).update(bytes),
    hex: () => hash.digest("hex"),
  }
}

interface Piece {
  readonly position: number
  /** Until the next piece. */
  readonly bytes: Uint8Array
}

/** Pieces that are not all zero, at multiples of their length: the same ones however the file lies on its disk. */
function* piecesOf(fd: number, size: number): Generator<Piece> {
  const hasHoles = seek(fd, 0, SEEK_HOLE) >= 0
  for (let position = 0; position < size; position += buffer.length) {
    if (hasHoles) {
      const data = seek(fd, position, SEEK_DATA)
      if (data < 0) return
      position = data - (data % buffer.length)
    }
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, size - position), position)
    const bytes = buffer.subarray(0, count)
    if (!isZero(bytes)) yield { position, bytes }
  }
}

/** Of lseek(2). Negative: nothing further, or a file system that does not know. */
const SEEK_DATA = 3
const SEEK_HOLE = 4

function seek(fd: number, from: number, whence: number): number {
  return Number(libc().lseek(fd, BigInt(from), whence))
}

function isZero(bytes: Uint8Array): boolean {
  return zeros.subarray(0, bytes.byteLength).equals(bytes)
}

/** To the nanosecond, which node:fs rounds. */
export function setTimes(
  fd: number,
  { atimeNs, mtimeNs }: { readonly atimeNs: bigint; readonly mtimeNs: bigint },
): void {
  const second = 1_000_000_000n
  times[0] = atimeNs / second
  times[1] = atimeNs % second
  times[2] = mtimeNs / second
  times[3] = mtimeNs % second
  libc().futimens(fd, times)
}

/** For a file of one's own, made new: fails when the name is taken, by a link as well. */
export const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** For a record of one's own: never through a link, and never a FIFO that would hold us. */
export const APPENDED_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK

function clone(source: number, target: number, device: bigint): boolean {
  const pair = `${device} ${fstatSync(target, { bigint: true }).dev}`
  if (unable.has(pair)) return false
  if (libc().ioctl(target, CLONE, source) === 0) return true
  unable.add(pair)
  return false
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, position + written)
}
