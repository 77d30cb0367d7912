// The `ask` command in a bottle: the agent's questions to its operator, for agents without MCP and
// for scripts. It decides nothing; the operator does, on the host.

import { readRpcAnswer } from "../rpc-answer.ts"
import { ASK_HELP, formatAskResult, parseAskArguments } from "./ask-call.ts"

const RPC = "http://supervise.bot-bottle.internal/rpc"
const EXIT = { done: 0, usage: 2, refused: 3, failed: 4 } as const

void main()

async function main(): Promise<void> {
  const call = parseAskArguments(process.argv.slice(2))
  if (call.outcome === "help") {
    console.log(ASK_HELP)
    process.exit(EXIT.done)
  }
  if (call.outcome === "usage") leave(EXIT.usage, `${call.problem}\n\n${ASK_HELP}`)

  const text = await fetch(RPC, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: call.method, params: call.params }),
  })
    .then((response) => response.text())
    .catch(() => "")
  const answer = readRpcAnswer(text)
  if (answer === undefined) leave(EXIT.failed, "the operator cannot be asked from this bottle")
  if (answer.error !== undefined) leave(EXIT.refused, answer.error.message)
  console.log(call.isJson ? JSON.stringify(answer.result) : formatAskResult(call.method, answer.result))
}

function leave(code: number, message: string): never {
  console.error(`ask: ${message}`)
  process.exit(code)
}
