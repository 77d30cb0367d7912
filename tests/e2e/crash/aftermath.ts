// Everything that may be left of a run that was killed, looked at from outside, and how the
// next command says it ended.

import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Run } from "@bot-bottle/contracts"
import { listDamage } from "@bot-bottle/ledger/testing"
import { compareBooks, type Discrepancies, NO_DISCREPANCIES, readLedger } from "./books.ts"
import type { Kill } from "./kill.ts"
import { modelOf } from "./moody-provider.ts"
import { listMounts } from "./run-processes.ts"
import type { SoakHost } from "./soak-host.ts"
import { listAccepting, listSockets } from "./sockets.ts"

export interface Aftermath extends Discrepancies {
  readonly mounts: readonly string[]
  /** Sockets of the run that somebody still answers. */
  readonly accepting: readonly string[]
  readonly damage: readonly string[]
  /** Exit code of the command that came next. */
  readonly nextCommand: number
  readonly end: RunEnd | "never in the ledger"
}

export type RunEnd = Pick<Run, "status" | "exitCode" | "endReason">

export const NOTHING_LEFT = { mounts: [], accepting: [], damage: [], nextCommand: 0, ...NO_DISCREPANCIES } as const

export async function surveyAftermath(host: SoakHost, name: string, kill: Kill): Promise<Aftermath> {
  const next = await host.run("list", "--json")
  const { run, rows } = await readLedger(host.ledgerPath, async (ledger) => ({
    run: (await ledger.listRuns({ all: true })).find(({ label }) => label === name),
    rows: await ledger.usage({ by: "model" }),
  }))
  const lines = host.standIn.bill.filter((line) => modelOf(line).startsWith(`${name}-`))
  const bill = { lines, provider: host.provider, isCrash: () => isCrash(kill) }
  return {
    mounts: listMounts(host.marker),
    accepting: await listAccepting(listRunSockets(host, name)),
    damage: listDamage(host.ledgerPath),
    nextCommand: next.exitCode,
    ...compareBooks(bill, rows),
    end: run === undefined ? "never in the ledger" : endOf(run),
  }
}

/** Of every run with this label. */
export function listRunSockets({ root }: SoakHost, name: string): readonly string[] {
  const state = join(root, "state")
  const folders = readdirSync(state).filter((folder) => folder.replace(/-[^-]+$/, "") === name)
  return folders.flatMap((folder) => listSockets(join(state, folder)))
}

/**
 * With its proxy a request's meter died, and a proxy that loses its launcher charges what broke off
 * in full. A proxy that only loses its client settles a stream at the usage it saw and an estimate.
 */
function isCrash({ victims }: Kill): boolean {
  return victims.includes("proxy") || victims.includes("launcher")
}

export function isExpectedEnd({ victims, during }: Kill, end: Aftermath["end"]): boolean {
  // Before the run was recorded there is nothing to end.
  if (end === "never in the ledger") return during === "start"
  if (victims.includes("launcher")) return Bun.deepEquals(end, { status: "ended", endReason: "crashed" })
  if (during === "start") return end.status === "ended"
  const expected = victims.includes("proxy")
    ? { status: "ended", exitCode: 1, endReason: "proxy-died" }
    : { status: "ended", exitCode: 137 }
  return Bun.deepEquals(end, expected)
}

function endOf({ status, exitCode, endReason }: Run): RunEnd {
  return {
    status,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(endReason === undefined ? {} : { endReason }),
  }
}
