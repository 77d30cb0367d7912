// Reads what a WebSocket handshake asks of us, and says what of it goes on.

/** Undefined when the request asks for no WebSocket. Other upgrades are offers, and not taken up. */
export function readHandshake(request: Request): Handshake | "malformed" | undefined {
  const { headers, method } = request
  const upgrade = headers.get("upgrade")
  if (upgrade === null || !tokens(upgrade).includes("websocket")) return undefined
  const protocols = tokens(headers.get("sec-websocket-protocol") ?? "", "as written")
  const isWhole =
    method === "GET" &&
    tokens(upgrade).length === 1 &&
    headers.get("sec-websocket-version") === "13" &&
    KEY.test(headers.get("sec-websocket-key") ?? "") &&
    protocols.every((protocol) => TOKEN.test(protocol)) &&
    new Set(protocols).size === protocols.length
  if (!isWhole) return "malformed"
  return { offersDeflate: /(?:^|,)\s*permessage-deflate/i.test(headers.get("sec-websocket-extensions") ?? "") }
}

export interface Handshake {
  /** Then the upstream is offered it too: the way there is the long one. */
  readonly offersDeflate: boolean
}

/** Of headers as they leave: what the agent may still ask for once its keys are taken out. */
export function readProtocols(headers: Headers): readonly string[] {
  return tokens(headers.get("sec-websocket-protocol") ?? "", "as written")
}

/** For the upstream: the library writes its own key, version, protocols and extensions. */
export function withoutHandshake(headers: Headers): Headers {
  const rest = new Headers(headers)
  for (const name of [...rest.keys()]) if (OWN.has(name)) rest.delete(name)
  return rest
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const OWN: ReadonlySet<string> = new Set([
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "sec-websocket-accept",
  "connection",
  "upgrade",
  "content-length",
  "transfer-encoding",
])

function tokens(list: string, spelling: "lower case" | "as written" = "lower case"): readonly string[] {
  const found = list
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "")
  return spelling === "as written" ? found : found.map((token) => token.toLowerCase())
}
