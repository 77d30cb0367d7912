// Makes a secret of a text that becomes a header's value.

import { OperatorProblem, Secret } from "@bot-bottle/contracts"

/** Throws OperatorProblem, which does not quote the text. */
export function loadSecret(what: string, hint: string, text: string): Secret {
  // A line break in it would be a second header.
  if (/^[\x20-\x7e]+$/.test(text)) return new Secret(text)
  throw new OperatorProblem(`${what} holds a line break or another character no credential has`, { hint })
}
