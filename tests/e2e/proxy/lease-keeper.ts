// A launcher that renews the lease of a proxy, and does nothing else: `lease-keeper.ts <control socket> <serves ms>`.

import { encodeRunLease } from "@bot-bottle/contracts/messages/run-lease"
import { readUptimeMs } from "@bot-bottle/kernel"

const [unix = "", servesMs = ""] = process.argv.slice(2)
const RENEW_MS = 200

async function renew(): Promise<void> {
  const body = encodeRunLease({ askedAtMs: Math.floor(readUptimeMs()), servesMs: Number(servesMs) })
  const { status } = await fetch("http://proxy/lease", { unix, method: "POST", body })
  process.stdout.write(`renewed ${status}\n`)
}

setInterval(() => void renew(), RENEW_MS)
