// Reads `env`: literals, host variables (`"${NAME}"`) and questions (`"?Prompt"`).
//
//   INV-41  No message shows an env value. A literal may be a credential that someone pasted, and messages
//           end in terminals, logs and bug reports.

import type { EnvValue } from "../manifest.ts"
import { isVariableName, looksLikeCredential } from "../names.ts"
import { quoted } from "../problem.ts"
import { type Entries, entries, type Reader, reject } from "../yaml/fields.ts"

const envValue: Reader<EnvValue> = (node, place) => {
  if (node.kind !== "scalar") return reject(node, place, `must be text, not a ${node.kind}`)
  if (node.value === null) return reject(node, place, "is empty", `write "" for an empty value`)
  // Numbers and the like as they were written: 1.10 stays 1.10.
  const text = typeof node.value === "string" ? node.value : node.text
  if (text.includes("\0")) return reject(node, place, "holds a NUL byte, which no environment can carry")
  if (text.startsWith("?")) return { kind: "ask", prompt: text.slice(1).trim() }

  const name = /^\$\{([^{}]*)\}$/.exec(text)?.[1]
  if (name === undefined) return { kind: "literal", value: text }
  if (isVariableName(name) && !looksLikeCredential(name)) return { kind: "host", name }
  return reject(node, place, "does not name a host variable between its braces", "letters, digits and '_' only")
}

export const env: Reader<Entries<EnvValue>> = entries(
  (key) =>
    isVariableName(key) && key !== "__proto__"
      ? undefined
      : `${quoted(key)} is not a valid variable name; letters, digits and '_' only`,
  envValue,
)
