// The parts of a credential that are not secret and occur in ordinary work. They tell its kind and
// stand in documentation, in other credentials and in the agent's own placeholder, or they read as
// words. Pure.
//
// A passphrase of words is still looked for whole.

/** The first that matches is cut off. */
const HEADS: readonly RegExp[] = [
  // In a JWT, only the signature opens anything. The rest is encoded, and much of it is in every token of its issuer.
  /^eyJ[\w-]*\.[\w-]*\.(?=[\w-]{16,}$)/,
  /^eyJ[\w-]*\./,
  // The first line of a private key says its algorithm and size.
  /^-----BEGIN [A-Z0-9 ]+-----\s*(?:[A-Za-z0-9+/]{64}(?=[\sA-Za-z0-9+/]{128}))?/,
  // A session token of AWS: its version and region.
  /^(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/]{36}(?=.{64})/,
  // `sk-ant-api03-`, `github_pat_`, `sk-proj-`, `xoxb-`. A key that is all words loses no more than this.
  /^(?:[A-Za-z]{2,10}\d{0,2}[-_]){1,4}/,
]
const TAIL = /\s*-----END [A-Z0-9 ]+-----\s*$/
const MAX_HEAD_WORDS = 24

export function withoutPublicParts(secret: string): string {
  for (const [index, head] of HEADS.entries()) {
    const length = head.exec(secret)?.[0].length
    if (length === undefined) continue
    return secret.slice(index === HEADS.length - 1 ? Math.min(length, MAX_HEAD_WORDS) : length).replace(TAIL, "")
  }
  return secret
}

/** The longest parts of which no `length` characters in a row read as words. */
export function tellingParts(text: string, length: number): readonly string[] {
  const parts: { from: number; to: number }[] = []
  for (let from = 0; from + length <= text.length; from++) {
    if (readsAsWords(text.slice(from, from + length))) continue
    const last = parts.at(-1)
    if (last !== undefined && last.to === from + length - 1) last.to += 1
    else parts.push({ from, to: from + length })
  }
  return parts.map(({ from, to }) => text.slice(from, to))
}

/** Small letters in speakable order, with single signs between them. Of random characters hardly any are. */
function readsAsWords(text: string): boolean {
  return /^[-_. /]?[a-z]+(?:[-_. /][a-z]+)*[-_. /]?$/.test(text) && !/[^aeiouy\W_]{5}/.test(text)
}
