// The end of a run as lines for a person: why it ended, and how to continue with what is left.

import { describeRecovery } from "@bot-bottle/budget"
import { formatBytes, formatCounted, formatTime, showHidden } from "@bot-bottle/contracts"
import type { BoundEnd, DiskCause, EndCause, SessionEnd, ShutdownCause } from "@bot-bottle/control"
import { describeAllow, describeTally } from "./describe-tally.ts"

export function describeEnd(end: SessionEnd): readonly string[] {
  return [
    ...(end.bound === undefined ? [] : describeBound(end.bound)),
    ...describeCause(end.cause),
    ...describeMemory(end.memoryStops),
    `session ended (exit ${end.exitCode})`,
    ...describeTally(end),
    ...describeRest(end),
  ]
}

function describeMemory(stops: number): readonly string[] {
  if (stops === 0) return []
  const what = formatCounted(stops, "process was", "processes were")
  return [`${what} ended over the memory limit of the bottle (limits.memory)`]
}

function describeCause(cause: EndCause): readonly string[] {
  switch (cause.kind) {
    case "agent":
      return []
    case "aborted":
      return [`${cause.by} ended the run`]
    case "frozen":
    case "killed":
      return [`${cause.kind} by ${describeShutdown(cause.by)}`]
    case "shutdown-failed":
      return [`to ${cause.shutdown} the run failed; it was ended`]
    case "unprotected":
      return [`${cause.path} was replaced or removed on the host, which ended its protection; so the run was ended`]
    case "unguarded":
      return [`the process that watches over ${cause.folder} died, so the run was ended`]
    case "proxy-died":
      return [`error: the proxy ended (${cause.why}), so egress is closed and the bottle was ended`]
    case "input-failed":
      return [`error: standard input cannot be read (${cause.why}), so the run was ended`]
  }
}

function describeShutdown(by: ShutdownCause): string {
  switch (by.kind) {
    case "budget":
      return "its budget"
    case "operator":
      return "the operator"
    case "watchdog":
      return "the watchdog"
    case "parked":
      return `the limit of ${by.provider} itself; parked until ${formatTime(by.untilMs)}`
    case "login-expired":
      return `the end of its login: the login in ${by.login.name} cannot be renewed (${by.login.why}); log in again on this host: ${by.login.renew}`
    case "disk":
      return by.isRecorded
        ? describeDisk(by.finding)
        : `${describeDisk(by.finding)}; the ledger could not be written before`
  }
}

function describeDisk(finding: DiskCause): string {
  switch (finding.kind) {
    case "over-limit":
      return `its disk limit of ${formatBytes(finding.limitBytes)}: it holds ${formatBytes(finding.heldBytes)}; before a resume, raise limits.disk of its bottle or remove files in ${finding.stateFolder}`
    case "fills-disk":
      return `the disk watch: the disk of ${finding.root} has ${formatBytes(finding.freeBytes)} left, and this run has lately written ${formatBytes(finding.recentBytes)} of it; before a resume, make room, or remove files in ${finding.stateFolder}`
  }
}

function describeBound({ quarantined, problems }: BoundEnd): readonly string[] {
  return [
    ...quarantined.map(
      ({ path, to, why }) => `taken out of the folder: ${showHidden(path)}: ${why}; it is in ${showHidden(to)}`,
    ),
    ...problems.map(showHidden),
  ]
}

/** The commands that fit now. */
function describeRest({ slug, cause, budget, hasCopy, tally }: SessionEnd): readonly string[] {
  const review =
    hasCopy && tally?.changes?.files !== 0
      ? [`to review it: bot-bottle diff ${slug}`, `to apply it: bot-bottle apply ${slug}`]
      : []
  if (cause.kind === "killed") {
    const left =
      cause.by.kind === "operator"
        ? `its files stay until 'bot-bottle cleanup': bot-bottle diff ${slug}`
        : "its state is removed; ledger and metadata stay"
    return [budget === undefined ? left : `${left}; to continue: ${describeRecovery(slug, "kill", budget)}`]
  }
  if (cause.kind === "frozen" && cause.by.kind === "parked")
    return [...review, `it is resumed by itself; to wait for that: bot-bottle wait ${slug}`]
  const recovery = budget === undefined ? `bot-bottle resume ${slug}` : describeRecovery(slug, "freeze", budget)
  return [...review, ...describeAllow(tally), `to continue: ${recovery}`]
}
