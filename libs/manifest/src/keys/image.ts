// Reads `image`: what a bottle's system files come from, on a backend that has images.

import { isAbsolute, normalize } from "node:path"
import { textAs } from "../yaml/fields.ts"

/** As Docker writes them: host, path, tag, digest. It never begins with a dash, which would be an option. */
const REFERENCE = /^[a-z0-9][a-zA-Z0-9._/:@-]{0,254}$/

export const image = textAs("an image's name, or the absolute path of a Dockerfile", (text) => {
  if (isAbsolute(text)) return text.includes("\0") ? undefined : normalize(text)
  return REFERENCE.test(text) ? text : undefined
})
