// Reads the messages of a push's commits as a forge may read them.
//
// The bytes themselves count, past a NUL byte too, where Git stops. They also count as text of the
// encoding that the commit names: an agent may name one under which Git shows other words.

import type { NewCommit, PushPlace } from "./new-objects.ts"
import { readObjects } from "./read-objects.ts"

const HEADER_END = "\n\n"

export async function readNewCommits(place: PushPlace, oids: readonly string[]): Promise<readonly NewCommit[]> {
  const commits: NewCommit[] = []
  for await (const { oid, bytes } of readObjects(place, oids)) commits.push({ oid, messages: messagesOf(bytes) })
  return commits
}

function messagesOf(commit: Uint8Array): readonly string[] {
  // Latin-1 keeps every byte at its place.
  const header = new TextDecoder("latin1").decode(commit)
  const end = header.indexOf(HEADER_END)
  if (end === -1) return []
  const body = commit.subarray(end + HEADER_END.length)
  const named = /^encoding (\S+)$/m.exec(header.slice(0, end))?.[1]
  const decoded = named === undefined ? undefined : decode(body, named)
  return [new TextDecoder().decode(body), ...(decoded === undefined ? [] : [decoded])]
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding.toLowerCase() as Bun.Encoding).decode(bytes)
  } catch {
    // Not an encoding of the web; its bytes were read already.
    return undefined
  }
}
