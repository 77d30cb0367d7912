// Faults in random order against three hosts that spend one budget: processes and the database
// are killed, the database is cut off, clocks are an hour off. In the end the records must agree.
//
//   BOT_BOTTLE_FAULTS=1000 bun test ./tests/postgres/faults.test.ts    the long campaign

import { afterAll, expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FLEET_SCOPE, type HostId } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import { sampleLimit } from "@bot-bottle/ledger/testing"
import { startCluster } from "@bot-bottle/testkit"

const FAULTS = Number(process.env["BOT_BOTTLE_FAULTS"] ?? "12")
/** In the name of the test, so that a failure can be repeated: BOT_BOTTLE_SEED=… */
const SEED = Number(process.env["BOT_BOTTLE_SEED"] ?? String(Date.now() % 100_000))
const HOSTS = ["one-00000", "two-00000", "three-00000"] as const
const SPENDER = join(import.meta.dir, "spender.ts")
const HOUR_MS = 3_600_000
const folder = mkdtempSync(join(tmpdir(), "bot-bottle-faults-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test(
  `INV-9, INV-5: after ${FAULTS} faults, seed ${SEED}, nothing was overdrawn, and every host's charges are in the shared ledger`,
  async () => {
    const random = createRandom(SEED)
    await using cluster = await startCluster({ fsync: "on" })
    const url = await cluster.createDatabase()
    const limitTokens = 4_000 + FAULTS * 1_500
    const control = await openAs("one-00000", url)
    await control.setBudget(sampleLimit(limitTokens, { scope: FLEET_SCOPE }), { actor: "operator" })
    await control.close()

    let runs = 0
    const start = async (host: string) => {
      const skew = [-HOUR_MS, 0, 0, HOUR_MS][Math.floor(random() * 4)]
      const argv = [
        SPENDER,
        join(folder, host, "bot-bottle.db"),
        host,
        url,
        folder,
        `run-${host}-${runs++}`,
        String(skew),
      ]
      const child = Bun.spawn([process.execPath, ...argv], { stdin: "pipe", stdout: "pipe", stderr: "inherit" })
      await child.stdout.getReader().read()
      return child
    }
    const spenders = new Map<string, Awaited<ReturnType<typeof start>>>()
    for (const host of HOSTS) spenders.set(host, await start(host))

    for (let fault = 0; fault < FAULTS; fault++) {
      await Bun.sleep(50 + random() * 250)
      const host = HOSTS[Math.floor(random() * HOSTS.length)]!
      const kind = random()
      if (kind < 0.5) {
        const child = spenders.get(host)!
        child.kill("SIGKILL")
        await child.exited
        spenders.set(host, await start(host))
      } else if (kind < 0.75) await cluster.crash()
      else {
        await cluster.stop()
        await Bun.sleep(random() * 1500)
        await cluster.start()
      }
    }
    for (const child of spenders.values()) await child.stdin.end()
    expect(await Promise.all([...spenders.values()].map(({ exited }) => exited))).toEqual([0, 0, 0])

    const own: Record<string, number> = {}
    const shared: Record<string, number> = {}
    for (const host of HOSTS) {
      const alone = await openLedger(join(folder, host, "bot-bottle.db"), { host: host as HostId })
      await alone.sweep({ host: alone.host, isAlive: () => false })
      for (const { key, chargedTokens } of await alone.usage({ by: "host" })) own[key] = chargedTokens
      expect(await alone.verifyAudit()).toMatchObject({ outcome: "intact" })
      await alone.close()
      const ledger = await openAs(host, url)
      await ledger.fleet?.sync()
      await ledger.close()
    }
    const last = await openAs("four-00000", url)
    for (const { key, chargedTokens } of await last.usage({ by: "host" })) shared[key] = chargedTokens
    expect(shared).toEqual(own)
    expect(await last.verifyAudit()).toMatchObject({ outcome: "intact" })
    const charged = Object.values(own).reduce((a, b) => a + b, 0)
    expect(charged).toBeLessThanOrEqual(limitTokens)
    // The control: they did spend through all of it.
    expect(charged).toBeGreaterThan(limitTokens / 10)
    expect(Number(await cluster.psql("ledger_1", "SELECT max(granted_tokens) FROM escrow"))).toBeLessThanOrEqual(
      limitTokens,
    )
    await last.close()
  },
  120_000 + FAULTS * 3_000,
)

function openAs(host: string, url: string) {
  const shared = { url, password: undefined, home: folder }
  return openLedger(join(folder, host, "bot-bottle.db"), { host: host as HostId, shared })
}

/** The same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
