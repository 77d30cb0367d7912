// The provider of one host of the campaign, in that host's network: `provider.ts <folder>`. It writes
// its certificate, its address and every line of its bill into the folder.

import { appendFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startStandIn } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"

const [folder = ""] = process.argv.slice(2)
const usage = { inputTokens: 20, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }

await using standIn = await startStandIn({
  hosts: ["api.anthropic.com"],
  reply: () => ({ text: "ok", usage }),
  onBilled: ({ request }) => {
    const { model } = readJson(request.body, { model: "string" })
    appendFileSync(join(folder, "bill"), `${model} ${Date.now()}\n`)
  },
})
writeFileSync(join(folder, "ca.pem"), standIn.caPem)
writeFileSync(join(folder, "address"), standIn.address)
process.stdout.write("serving\n")
await new Response(Bun.stdin.stream()).text()
