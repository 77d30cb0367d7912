// The `forge` command in a bottle: the agent's calls on its forge, for agents without MCP and for
// scripts. It holds no credential; the sidecar on the host does what is allowed.

import { readRpcAnswer } from "../rpc-answer.ts"
import { FORGE_FAILED, FORGE_HELP, formatForgeResult, parseForgeArguments } from "./forge-call.ts"

const RPC = "http://forge.bot-bottle.internal/rpc"
const EXIT = { done: 0, usage: 2, refused: 3, failed: 4 } as const

void main()

async function main(): Promise<void> {
  const call = parseForgeArguments(process.argv.slice(2))
  if (call.outcome === "help") {
    console.log(FORGE_HELP)
    process.exit(EXIT.done)
  }
  if (call.outcome === "usage") leave(EXIT.usage, `${call.problem}\n\n${FORGE_HELP}`)

  const body = call.bodyFile === undefined ? {} : { body: await readBody(call.bodyFile) }
  const request = { jsonrpc: "2.0", id: 1, method: call.method, params: { ...call.params, ...body } }
  const text = await fetch(RPC, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  })
    .then((response) => response.text())
    .catch(() => "")
  const answer = readRpcAnswer(text)
  if (answer === undefined) leave(EXIT.failed, "the forge cannot be reached from this bottle")
  if (answer.error !== undefined)
    leave(answer.error.code === FORGE_FAILED ? EXIT.failed : EXIT.refused, answer.error.message)
  console.log(call.isJson ? JSON.stringify(answer.result) : formatForgeResult(call.method, answer.result))
}

async function readBody(file: string): Promise<string> {
  const source = file === "-" ? Bun.stdin : Bun.file(file)
  return source.text().catch(() => leave(EXIT.usage, `'${file}' cannot be read`))
}

function leave(code: number, message: string): never {
  console.error(`forge: ${message}`)
  process.exit(code)
}
