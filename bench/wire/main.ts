// The wire cases against our proxy and its peers: raw bytes at both ends. Prints a row for each case
// and how many hold, each contender for itself. A peer that is not installed is left out.
//
//   PEERS=<folder with sandbox-runtime> bun bench/wire/main.ts [--smoke]

import { parseArgs } from "node:util"
import { mintServerCertificate } from "@bot-bottle/stand-in"
import { hostOf } from "../egress/client.ts"
import { botBottle, type Contender, HOSTS } from "../egress/contenders.ts"
import { mitmproxy, sandboxRuntime, squid } from "../egress/peer-contenders.ts"
import { ANSWER_CASES, CONNECTION_CASES } from "./answer-cases.ts"
import { REQUEST_CASES, type WireCase } from "./cases.ts"
import { type End, type FarSide, openAgent, startFarSide } from "./ends.ts"

const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } })
const CASES = [...REQUEST_CASES, ...ANSWER_CASES, ...CONNECTION_CASES]
const cases = values.smoke ? CASES.slice(0, 3) : CASES

const certificate = await mintServerCertificate(Object.values(HOSTS))
await using far = await startFarSide(certificate)
const upstream = { port: far.port, certificate }
const makers = values.smoke ? [botBottle] : [botBottle, mitmproxy, squid, sandboxRuntime]

const columns: { readonly name: string; readonly held: readonly string[] }[] = []
for (const make of makers) {
  await using contender = await make(upstream)
  if (contender === undefined) continue
  const held: string[] = []
  for (const one of cases) held.push(await judge(one, contender, far))
  columns.push({ name: contender.name, held })
}
const width = Math.max(...cases.map(({ name }) => name.length))
console.log(`${"".padEnd(width)}  ${columns.map(({ name }) => name.padEnd(10)).join("  ")}`)
for (const [index, { name }] of cases.entries())
  console.log(`${name.padEnd(width)}  ${columns.map(({ held }) => (held[index] ?? "").padEnd(10)).join("  ")}`)
const sums = columns.map(({ held }) => `${held.filter((one) => one === "+").length} of ${held.length}`.padEnd(10))
console.log(`${"holds".padEnd(width)}  ${sums.join("  ")}`)
process.exit(0)

/** `+`, or `-`; a case that breaks off does not hold. */
async function judge(one: WireCase, { way }: Contender, side: FarSide): Promise<string> {
  side.forget()
  const ends: End[] = []
  const keep = <Kept extends End | undefined>(end: Kept): Kept => {
    if (end !== undefined) ends.push(end)
    return end
  }
  const world = {
    host: hostOf(way),
    agent: async () => keep(await openAgent(way)),
    far: async () => keep(await side.accepted()),
  }
  try {
    return (await one.holds(world)) ? "+" : "-"
  } catch {
    return "-"
  } finally {
    for (const end of ends) end.destroy()
  }
}
