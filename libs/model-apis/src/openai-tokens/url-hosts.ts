// Which host an address in a request names.

import { asText } from "@bot-bottle/contracts"

/**
 * `anywhere` for text that is not an absolute web address: a provider may follow it all the same.
 * Also for an address that others may read otherwise: `a@b`, `a\\@b`, a tab in a name, letters
 * beyond ASCII. A host comes with its port, unless that is 443.
 */
export function hostsOfUrl(url: unknown): readonly string[] | "anywhere" {
  const [, scheme = "", host = "", port] = PLAIN.exec(asText(url) ?? "") ?? []
  if (host === "") return "anywhere"
  const reached = port === undefined ? DEFAULT_PORTS[scheme.toLowerCase()] : Number(port)
  return [reached === 443 ? host.toLowerCase() : `${host.toLowerCase()}:${reached}`]
}

const PLAIN = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:[/?#]|$)/i
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }
