// Which host an address in a request names.

import { asText } from "../../json-value.ts"

/** `anywhere` for what is no absolute web address: a provider may follow it all the same. */
export function hostsOfUrl(url: unknown): readonly string[] | "anywhere" {
  const text = asText(url) ?? ""
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return "anywhere"
  return [new URL(text).hostname]
}
