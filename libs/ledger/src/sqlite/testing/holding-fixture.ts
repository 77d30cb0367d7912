// A process of its own that takes a ledger's write lock and holds it until it is killed. It is the
// proxy of the named run, or a stranger. `bun holding-fixture.ts <path> [<slug>]`. Says `held`.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { holdWriteLock, sampleRun } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"

const [path = "", slug] = process.argv.slice(2)
if (slug !== undefined) {
  await using ledger = await openLedger(path)
  await ledger.createRun(sampleRun(slug))
  await ledger.attachProxy(slug, `${process.pid}:1:test` as ProcessIdentity)
}
const release = holdWriteLock(path)
process.once("SIGTERM", release)
process.stdout.write("held\n")
setInterval(() => {}, 60_000)
