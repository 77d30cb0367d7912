// `doctor --probe`: a throwaway bottle on every backend that works here, and the results of
// its isolation self-test.

import { BACKEND_NAMES, type BackendName, openBackend } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import { type IsolationRow, isolationRows } from "../../doctor/isolation-rows.ts"
import { probeIsolation } from "../../doctor/probe-isolation.ts"
import type { Host } from "../../host.ts"
import { showProgress } from "../../terminal/progress.ts"
import { type Column, formatTable } from "../../terminal/table.ts"

export async function runDoctorProbe(host: Host, flags: { readonly json?: boolean }): Promise<number> {
  const usable: BackendName[] = []
  const left: string[] = []
  let fix: string | undefined
  for (const name of BACKEND_NAMES) {
    const { usable: works, findings } = await (await openBackend(name, host.env)).probe()
    if (works) {
      usable.push(name)
      continue
    }
    const missing = findings.find(({ ok, isOptional }) => !ok && isOptional !== true)
    left.push(`${name}: ${missing?.detail ?? "not usable"}`)
    // Of the first backend, which is the default.
    fix ??= missing?.fix
  }
  if (usable.length === 0) {
    throw new OperatorProblem(`No isolation available: ${left.join("; ")}`, {
      hint: fix ?? "bot-bottle doctor says what is missing",
      exitCode: 3,
    })
  }
  const rows: IsolationRow[] = []
  for (const name of usable) {
    const stage = `trying the isolation of a throwaway bottle (${name})`
    rows.push(...isolationRows(name, await showProgress(host.screen, stage, probeIsolation(host, name))))
  }
  if (flags.json) host.screen.print(JSON.stringify({ ok: rows.every(({ ok }) => ok), rows }, null, 2))
  else printRows(host, rows, left)
  return rows.every(({ ok }) => ok) ? 0 : 1
}

function printRows({ screen }: Host, rows: readonly IsolationRow[], left: readonly string[]): void {
  const titles: readonly Column[] = [
    { title: "BACKEND", dropOrder: 2 },
    { title: "CHECK", minWidth: 14 },
    { title: "EXPECTED", minWidth: 12, dropOrder: 1 },
    { title: "SEEN", minWidth: 14 },
    { title: "RESULT" },
  ]
  const cells = rows.map(({ backend, name, expected, seen, ok }) => [
    backend,
    name,
    expected,
    seen,
    ok ? screen.paint.named("green", "ok") : screen.paint.named("red", "FAILED"),
  ])
  for (const line of formatTable(titles, cells, { width: screen.width })) screen.print(line)
  for (const { backend, name, fix } of rows.filter(({ ok }) => !ok)) screen.print(`${backend}, ${name}: fix: ${fix}`)
  for (const line of left) screen.note(`bot-bottle: not tried: ${line}`)
}
