// The process that outlives a launcher to leave the operator's folder clean.
//
// The launcher starts it before anything is put into the folder, and sends the plan on its stdin.
// Its stdin ends when the launcher does, however that ends. Then it waits until the bottle is gone,
// cleans up, and reports its findings in its last line.
//
// Meanwhile it watches: a mount ends when the host replaces or removes what it lies on, and
// with it the protection. The run is ended then, and also when the guard itself dies.

import { type FSWatcher, lstatSync, watch } from "node:fs"
import { join } from "node:path"
import {
  type BindRecord,
  type GuardOrder,
  type GuardReport,
  linesOf,
  type ProcessIdentity,
} from "@bot-bottle/contracts"
import { guardOrderSchema, MAX_BIND_MESSAGE } from "@bot-bottle/contracts/messages/bind-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { finishOutput, identifyProcess, openTopFolder, processesEnded } from "@bot-bottle/kernel"
import { writeBindRecord } from "./bind-record.ts"
import { finishBind } from "./finish-bind.ts"
import { makePlaceholder } from "./placeholders.ts"

const bottle: ProcessIdentity[] = []
let record: BindRecord | undefined
let root = ""
let watchers: readonly FSWatcher[] = []

// Ctrl-C at the launcher's terminal, and whoever hangs up, are the launcher's business.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {})

void main()

async function main(): Promise<never> {
  for await (const line of linesOf(Bun.stdin.stream(), { maxLength: MAX_BIND_MESSAGE, unfinished: "dropped" })) {
    const order = parseMessage(guardOrderSchema, line, { maxLength: MAX_BIND_MESSAGE })
    if (order.outcome === "parsed") obey(order.message)
    else report({ kind: "failed", why: order.problem })
  }
  for (const watcher of watchers) watcher.close()
  await processesEnded(bottle)
  if (record !== undefined) report({ kind: "ended", ...(await finishBind(root, record)) })
  await finishOutput(process.stdout)
  process.exit(0)
}

function obey(order: GuardOrder): void {
  if (order.kind === "bottle") {
    watchOver(order.processes)
    return
  }
  const self = identifyProcess(process.pid)
  if (self === undefined) throw new Error("This process is not in /proc")
  root = order.root
  record = { slug: order.slug, plan: order.plan, quarantine: order.quarantine, guard: self, owners: [order.launcher] }
  try {
    writeBindRecord(root, record)
    using top = openTopFolder(record.plan.folder)
    for (const placeholder of record.plan.placeholders) makePlaceholder(top, placeholder)
    watchers = watchProtected(record)
    report({ kind: "ready" })
  } catch (error) {
    report({ kind: "failed", why: (error as NodeJS.ErrnoException).code ?? String(error) })
  }
}

function watchOver(processes: readonly ProcessIdentity[]): void {
  bottle.push(...processes)
  if (record === undefined) return
  record = { ...record, owners: [...record.owners, ...processes] }
  try {
    writeBindRecord(root, record)
  } catch (error) {
    report({ kind: "failed", why: (error as NodeJS.ErrnoException).code ?? String(error) })
  }
}

function watchProtected({ plan }: BindRecord): readonly FSWatcher[] {
  const paths = [...plan.readOnly, ...plan.pinned].map((path) => join(plan.folder, path))
  const identities = new Map(paths.map((path) => [path, identityOf(path)]))
  let isBroken = false
  const look = () => {
    if (isBroken) return
    const broken = paths.find((path) => identityOf(path) !== identities.get(path))
    if (broken === undefined) return
    isBroken = true
    report({ kind: "broken", path: broken })
  }
  const folders = new Set([plan.folder, ...plan.pinned.map((path) => join(plan.folder, path))])
  const all = [...folders].map((folder) => watch(folder, { persistent: false }, look))
  // Catches changes between the first look and the watch.
  look()
  return all
}

function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return stat === undefined ? undefined : `${stat.dev} ${stat.ino}`
}

function report(report: GuardReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
