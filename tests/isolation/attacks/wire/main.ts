// Scores proxies on the attack suite.
//
//   bun tests/isolation/attacks/wire/main.ts                       bot-bottle's own
//   bun tests/isolation/attacks/wire/main.ts ./peer.ts             another: a module with `start(assignment): Promise<Way>`
//   bun tests/isolation/attacks/wire/main.ts --json                for the tests
//
// Exit code 1 when an attack succeeded or a control failed.

import { resolve } from "node:path"
import type { Assignment, Way } from "./attack.ts"
import { startBotBottle } from "./bot-bottle.ts"
import { FAR_SIDE } from "./far-side.ts"
import { runInNamespace } from "./namespace.ts"
import { renderScore, scoreProxy } from "./suite.ts"
import { LISTED, OPEN_PREFIX, startUpstreams } from "./upstreams.ts"

const INSIDE = "--inside"

process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === INSIDE) return await attackInside(args.slice(1))
  const { stdout, stderr, exitCode } = await runInNamespace([process.execPath, import.meta.path, INSIDE, ...args])
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return exitCode
}

async function attackInside(args: readonly string[]): Promise<number> {
  await using upstreams = await startUpstreams(FAR_SIDE)
  const peer = args.find((arg) => arg !== "--json")
  const start: (assignment: Assignment) => Promise<Way> =
    peer === undefined ? startBotBottle : (await import(resolve(peer))).start
  const assignment: Assignment = {
    upstreamCa: upstreams.caPem,
    listed: LISTED,
    openPrefix: OPEN_PREFIX,
    secret: "operators-real-credential-0123456789",
  }
  await using way = await start(assignment)
  const score = await scoreProxy({ assignment, way, upstreams })
  console.log(args.includes("--json") ? JSON.stringify(score) : renderScore(score))
  const isClean = score.classes.every(
    ({ controls, attacks }) =>
      controls.every(({ held }) => held) && attacks.every(({ outcome }) => outcome !== "succeeded"),
  )
  return isClean ? 0 : 1
}
