// Words as a line that a POSIX shell reads as these words again: for commands that people paste.

export function quoteCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ")
}
