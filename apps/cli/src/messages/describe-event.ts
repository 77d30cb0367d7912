// Events of libs/control as lines for a person, without the program's name before them. Steps that
// take a while are describe-step.ts's.

import { formatAge, formatBytes, formatTime, sanitizeLine } from "@bot-bottle/contracts"
import type { ControlEvent, LaunchChange, LoginEnd } from "@bot-bottle/control"
import { describeEnd } from "./describe-end.ts"
import { describeLedgerWait } from "./describe-ledger-wait.ts"
import { describeReport, type ReportReader } from "./describe-report.ts"
import { describeSmallBudget } from "./describe-small-budget.ts"
import { describeUncovered } from "./describe-uncovered.ts"
import { describeHidden, describeSkipped } from "./format-skipped.ts"

/** `reads`: when a person gets to see the lines. */
export function describeEvent(event: ControlEvent, reads: ReportReader["reads"] = "while it runs"): readonly string[] {
  switch (event.kind) {
    case "manifest-warning":
      return [`warning: ${event.message}`]
    case "label-taken":
      return [`label '${event.label}' is taken; this run is '${event.given}'`]
    case "label-shared":
      return [`another running run is called '${event.label}' as well`]
    case "changed-since-last-launch":
      return event.changes.map((change) => `since the run's last launch: ${describeChange(change)}`)
    case "login-ends":
      return [`warning: ${describeLoginEnd(event.login)}`]
    case "workspace-empty":
      return [
        "the workspace is empty: this folder is not a Git work tree; 'start --cwd' copies it, 'start --empty' says that it is meant so",
      ]
    case "budget-small":
      return [`warning: ${describeSmallBudget(event.budget)}`]
    case "provider-uncovered":
      return [`warning: ${describeUncovered(event.uncovered)}`]
    case "proxy-stderr":
      return [`proxy: ${event.line}`]
    case "service-stderr":
      return [`${event.service.replace("-", " ")}: ${event.line}`]
    case "service-died":
      return event.service === "forge-sidecar"
        ? [`the forge sidecar of ${event.slug} has died: the agent has no forge and no repositories any more`]
        : [`the ask service of ${event.slug} has died: its agent can ask nothing more; its isolation is unchanged`]
    case "run-started":
      return [`run ${event.slug} ${event.isResumed ? "resumed" : "started"}`]
    case "workspace-skipped":
      return describeSkipped(event.entries)
    case "workspace-hidden":
      return describeHidden(event.paths)
    case "set-aside":
      return [`something of the agent's stood in the way and is now ~/${event.path} of its bottle`]
    case "no-conversation":
      return ["the agent had not begun a conversation; this is its first"]
    case "input-idle":
      return [
        `nothing came on stdin for ${event.timeoutMs / 1000} seconds: the agent continues without it; </dev/null saves the wait`,
      ]
    case "proxy-report":
      return describeReport(event.report, { slug: event.slug, policy: event.policy, reads })
    case "notify-failed":
      return [
        `warning: question #${event.question} was not sent by 'notify': ${sanitizeLine(event.problem)}${event.isLast ? "; see 'bot-bottle supervise'" : "; trying again"}`,
      ]
    case "ledger-slow":
      return [describeLedgerWait(event.where)]
    case "host-wait": {
      const host = sanitizeLine(event.host)
      const action = `${event.action === "cutoff" ? "cut off" : event.action} ${event.slug}`
      return [
        event.silentMs === undefined
          ? `waiting for ${host} to ${action}`
          : `${host} was last seen ${formatAge(event.silentMs)} ago; waiting a few seconds for it to ${action}`,
      ]
    }
    case "ledger-away":
      return [
        `warning: ${event.message}; the run spends what this host has of shared budgets, and other hosts see it once that works again`,
      ]
    case "ledger-behind":
      return [
        `warning: ${event.problem}: shown is what it held before; the ends of runs that died since may be missing`,
      ]
    case "disk-nearly-full":
      return [
        `warning: the disk of ${event.root} has ${formatBytes(event.freeBytes)} left, and another program fills it; without room the proxy cannot write the ledger, and refuses metered requests`,
      ]
    case "run-ended":
      return describeEnd(event.end)
    case "job-taken":
      return [`job ${event.id} taken${event.attempt === 1 ? "" : `, attempt ${event.attempt}`}`]
    case "job-lost":
      return [
        event.run === "interrupted"
          ? `job ${event.id} lost: this worker could not renew its lease in time, so it ended the run`
          : `job ${event.id} lost: this worker could not renew its lease in time, and another one has taken the job; the end of this run does not count`,
      ]
    case "job-returned":
      return [`job ${event.id} is left to another worker: ${event.message}`]
    case "queue-away":
      return [`warning: the worker cannot reach the queue, and keeps trying: ${event.message}`]
    case "job-unreported":
      return [
        `warning: job ${event.id} has ended and the queue does not know it, so another worker runs it again: ${event.message}`,
      ]
    case "job-ended":
      return [
        event.outcome.outcome === "done"
          ? `job ${event.id} ended with exit code ${event.outcome.exitCode}`
          : `job ${event.id} failed: ${event.outcome.error}`,
      ]
    case "agent-started":
    case "toolchain-install":
    case "image-prepare":
    case "workspace-copy":
    case "shutdown-step":
      return []
  }
}

export function describeLoginEnd({ name, atMs, renew }: LoginEnd): string {
  return `the login in ${name} ends at ${formatTime(atMs)}; '${renew}' on the host renews it, before a start`
}

export function describeChange(change: LaunchChange): string {
  switch (change.kind) {
    case "routes":
      return "the routes have changed"
    case "manifests":
      return "the agent's or a bottle's file has changed"
    case "budgets":
      return "budgets or ceilings of manifests and settings.yml have changed"
    case "policy":
      return `shutdown is now ${change.now}, and was ${change.was}`
    case "toolchain":
      return describeVersionChange(change)
  }
}

/** A provider that runs a program of the system has no version of its own. */
function describeVersionChange({ provider, was, now }: Extract<LaunchChange, { kind: "toolchain" }>): string {
  if (now === undefined) return `${provider} was version ${was}, and is now a program of the system`
  if (was === undefined) return `${provider} was a program of the system, and is now version ${now}`
  return `${provider} was version ${was}, and is now version ${now}`
}
