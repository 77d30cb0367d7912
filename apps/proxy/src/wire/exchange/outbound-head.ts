// Writes the head of a request as it leaves, where it may not leave as it came.

import { fieldValue, type RequestHead, writeHead } from "@bot-bottle/wire"

/**
 * Undefined where nothing has to change. `lines`: undefined where all stay. A handshake keeps what asks for the
 * upgrade, which concerns this hop and the next alike.
 */
export function outboundHead(
  head: RequestHead,
  target: string,
  lines: readonly string[] | undefined,
  mayUpgrade: boolean,
): string | undefined {
  if (lines === undefined && target === head.target && head.minor === "1") return undefined
  const kept = [...(lines ?? head.lines)]
  if (mayUpgrade) kept.push("Connection: Upgrade", `Upgrade: ${upgradeOf(head)}`)
  return writeHead(`${head.method} ${target} HTTP/1.1`, kept)
}

function upgradeOf({ names, lines }: RequestHead): string {
  const line = lines[names.indexOf("upgrade")]
  return line === undefined ? "websocket" : fieldValue(line)
}
