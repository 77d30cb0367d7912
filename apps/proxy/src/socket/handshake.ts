// Reads the request of a WebSocket handshake, and decides which part of it is passed on.

import { fieldValue, type RequestHead } from "@bot-bottle/wire"

export interface Handshake {
  readonly key: string
  /** Then the upstream is offered it too: the way there is the long one. */
  readonly offersDeflate: boolean
}

/** Undefined when the request asks for no WebSocket. Other upgrades are offers, and not taken up. */
export function readHandshake(head: RequestHead): Handshake | "malformed" | undefined {
  const { upgrade, method, framing, connection } = head
  if (upgrade === undefined || !tokens(upgrade).includes("websocket")) return undefined
  const key = valueOfLine(head, "sec-websocket-key")
  const protocols = tokens(valueOfLine(head, "sec-websocket-protocol"), "as written")
  const isWhole =
    method === "GET" &&
    framing.kind === "none" &&
    tokens(connection ?? "").includes("upgrade") &&
    tokens(upgrade).length === 1 &&
    valueOfLine(head, "sec-websocket-version") === "13" &&
    KEY.test(key) &&
    protocols.every((protocol) => TOKEN.test(protocol)) &&
    new Set(protocols).size === protocols.length
  if (!isWhole) return "malformed"
  return { key, offersDeflate: /(?:^|,)\s*permessage-deflate/i.test(valueOfLine(head, "sec-websocket-extensions")) }
}

/** Of lines as they leave: what the agent may still ask for once its keys are taken out. */
export function readProtocols(lines: readonly string[]): readonly string[] {
  const offered = lines.filter((line) => nameOf(line) === "sec-websocket-protocol").map(fieldValue)
  return tokens(offered.join(","), "as written")
}

/** For the upstream: the library writes its own key, version, protocols and extensions. */
export function withoutHandshake(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !OWN.has(nameOf(line)))
}

function valueOfLine({ names, lines }: RequestHead, wanted: string): string {
  return lines
    .filter((_, index) => names[index] === wanted)
    .map(fieldValue)
    .join(", ")
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":")).toLowerCase()
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const OWN: ReadonlySet<string> = new Set([
  "host",
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
