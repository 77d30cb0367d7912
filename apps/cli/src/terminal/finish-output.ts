// Ends a program's output in order: its reader has taken everything before the program exits.

/**
 * Resolves once all that was written has left, or nobody can take it any more. Nothing can be written afterwards.
 *
 * Bun hands a pipe what it takes at once and keeps the rest, but reports no waiting bytes: `writableLength` is 0
 * and an empty write calls back at once. Only the end waits (seen with Bun 1.4.5).
 */
export function finishOutput(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.destroyed) done()
    stream.once("error", () => done())
    stream.end(() => done())
  })
}
