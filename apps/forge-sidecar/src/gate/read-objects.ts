// Reads whole objects of a push, byte for byte, in the order they are asked for.

import { streamGateGit } from "./git-process.ts"
import { GateFailure, type PushPlace } from "./new-objects.ts"

export interface ReadObject {
  readonly oid: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** `cat-file --batch`: a line `<oid> <type> <size>`, the bytes, a newline. */
export async function* readObjects(place: PushPlace, oids: readonly string[]): AsyncGenerator<ReadObject> {
  const child = streamGateGit(place.gitDir, ["cat-file", "--batch"], {
    env: place.quarantine,
    stdin: new TextEncoder().encode(oids.map((oid) => `${oid}\n`).join("")),
  })
  try {
    const source = createByteSource(child.stdout)
    for (const oid of oids) {
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
