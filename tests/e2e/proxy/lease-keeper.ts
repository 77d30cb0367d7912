// A launcher that renews the lease of a proxy, and does nothing else: `lease-keeper.ts <control socket> <serves ms>`.
// It prints the uptime to which the proxy has taken each renewal.

import { encodeRunLease } from "@bot-bottle/contracts/messages/run-lease"
import { readUptimeMs } from "@bot-bottle/kernel"

const [unix = "", serves = ""] = process.argv.slice(2)
const servesMs = Number(serves)
const RENEW_MS = 200

async function renew(): Promise<void> {
  const askedAtMs = Math.floor(readUptimeMs())
  const body = encodeRunLease({ askedAtMs, servesMs })
  const { status } = await fetch("http://proxy/lease", { unix, method: "POST", body })
  process.stdout.write(`renewed ${status} until ${askedAtMs + servesMs}\n`)
}

setInterval(() => void renew(), RENEW_MS)
