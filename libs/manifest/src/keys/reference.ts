// Values that name something kept elsewhere: another manifest, a variable of the host.

import { isManifestName, isVariableName, looksLikeCredential } from "../names.ts"
import { type Reader, reject, textAs } from "../yaml/fields.ts"

export const manifestName: Reader<string> = textAs("a name of a-z, 0-9 and '-' that starts with a letter", (text) =>
  isManifestName(text) ? text : undefined,
)

/**
 * The NAME of a host environment variable. The text that stands there instead is not shown: it may
 * be the key itself.
 */
export const tokenRef: Reader<string> = (node, place) => {
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : ""
  if (isVariableName(text) && !looksLikeCredential(text)) return text
  const hint = "put the credential in a host variable and write that variable's name here"
  return reject(node, place, "must be the name of a host environment variable, never the credential itself", hint)
}
