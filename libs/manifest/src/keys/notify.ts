// Reads `notify` of settings.yml: the program, or the web address, that is told of a question.
//
// The question holds tokens that answer it, so plain HTTP is for this host only. The address may hold a secret of its own: no message shows it.

import { isAbsolute } from "node:path"
import { parseHostname } from "@bot-bottle/contracts"
import type { NotifyTarget } from "../manifest.ts"
import { listOf, type Reader, reject, textAs } from "../yaml/fields.ts"

const MAX_WORDS = 64

const word = textAs("a word of a command", (text) => (text.includes("\0") ? undefined : text))
const HINT = "for example notify: [notify-send, a question], or notify: https://hooks.example/bottle"

export const notify: Reader<NotifyTarget> = (node, place) => {
  if (node.kind === "list") {
    const argv = listOf(word)(node, place)?.map(({ value }) => value) ?? []
    const [program = ""] = argv
    if (argv.length < node.items.length) return undefined
    if (program === "" || argv.length > MAX_WORDS) return reject(node, place, "must name a program", HINT)
    // A relative path would make the folder that a start is typed in choose the program.
    if (program.includes("/") && !isAbsolute(program)) {
      return reject(node, place, "must name its program by an absolute path, or by a name in PATH", HINT)
    }
    return { kind: "command", argv }
  }
  const url = node.kind === "scalar" && typeof node.value === "string" ? URL.parse(node.value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return reject(node, place, "must be a list of words or an https:// address", HINT)
  }
  if (url.protocol === "http:" && !isThisHost(url.hostname)) {
    return reject(node, place, "sends tokens, so it must be https:// (http:// is for this host only)", HINT)
  }
  return { kind: "webhook", url: url.href }
}

function isThisHost(name: string): boolean {
  const parsed = parseHostname(name)
  if (parsed.kind === "malformed") return false
  return (
    parsed.host === "localhost" || parsed.host === "::1" || (parsed.kind === "ip" && parsed.host.startsWith("127."))
  )
}
