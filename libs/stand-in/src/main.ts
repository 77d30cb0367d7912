// The stand-in as a process of its own. Its first line on stdout says where it listens:
//   {"kind":"ready","address":"127.0.0.1:41235","port":41235,"ca_file":"/tmp/…/ca.pem"}
// With --log a line follows for each request ("received") and for each line of the bill
// ("billed"). It stays until SIGTERM or SIGINT, or, on a leash, until its stdin closes.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { finishOutputOnceAsked } from "@bot-bottle/kernel"
import type { ReceivedRequest } from "./exchange.ts"
import { parseReplyScript, replyFrom, type ScriptedReply } from "./reply-script.ts"
import { startStandIn } from "./stand-in.ts"

const USAGE = `Usage: bun libs/stand-in/src/main.ts [--host api.anthropic.com]… [--port 0] [--ca-file ca.pem]
         [--replies file.json] [--log] [--leash] [--no-sockets]
Example: bun libs/stand-in/src/main.ts --replies <(echo '[{"text":"Hello","delayMs":50}]') --log`

try {
  await main()
} catch (error) {
  console.error(`stand-in: error: ${error instanceof Error ? error.message : error}`)
  console.error(USAGE)
  process.exit(2)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: "string", multiple: true, default: ["api.anthropic.com"] },
      port: { type: "string", default: "0" },
      "ca-file": { type: "string" },
      replies: { type: "string" },
      log: { type: "boolean", default: false },
      "no-sockets": { type: "boolean", default: false },
      leash: { type: "boolean", default: false },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`No port: ${values.port}`)
  const reply = replyFrom(await loadReplies(values.replies))

  const standIn = await startStandIn({
    hosts: values.host,
    port,
    sockets: values["no-sockets"] ? "refuse" : "accept",
    ...(reply === undefined ? {} : { reply }),
    answer(request: ReceivedRequest) {
      if (values.log) print({ kind: "received", ...request })
      return undefined
    },
    onBilled({ id, usage }) {
      if (values.log) print({ kind: "billed", id, usage })
    },
  })

  const folder = values["ca-file"] === undefined ? await mkdtemp(join(tmpdir(), "stand-in-")) : undefined
  const caFile = values["ca-file"] ?? join(folder ?? "", "ca.pem")
  await Bun.write(caFile, standIn.caPem)
  print({ kind: "ready", address: standIn.address, port: standIn.port, ca_file: caFile })

  const told = untilToldToStop(values.leash)
  await told
  await standIn[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  await finishOutputOnceAsked(told, process.stdout)
  process.exit(0)
}

async function loadReplies(path: string | undefined): Promise<readonly ScriptedReply[]> {
  if (path === undefined) return []
  const script = parseReplyScript(await Bun.file(path).text())
  if ("problem" in script) throw new SyntaxError(`${path}: ${script.problem}`)
  return script
}

async function untilToldToStop(leash: boolean): Promise<void> {
  const told = Promise.withResolvers<void>()
  process.once("SIGTERM", () => told.resolve())
  process.once("SIGINT", () => told.resolve())
  if (leash) {
    process.stdin.once("end", () => told.resolve())
    process.stdin.resume()
  }
  await told.promise
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
