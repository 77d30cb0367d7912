// Looks at an issue without a run, live: whether it asks for one, and what stands in the way.

import {
  decideTargeting,
  type Issue,
  type Targeting,
  type TargetingRefusal,
  type WatchedForge,
} from "@bot-bottle/forge"

export type IssueVerdict =
  | { readonly outcome: "ignored"; readonly reason: IgnoredReason; readonly why: string }
  | {
      readonly outcome: "refused"
      readonly reason: TargetingRefusal | "unknown-agent" | "unknown-bottle"
      readonly message: string
    }
  | { readonly outcome: "targeted"; readonly agent: string; readonly bottle: string | undefined; readonly issue: Issue }

export type IgnoredReason = Extract<Targeting, { outcome: "ignored" }>["reason"]

export interface IssueLookUp {
  readonly forge: WatchedForge
  readonly org: string
  /** Of the operator's manifests, as they are now. */
  readonly knows: (kind: "agent" | "bottle", name: string) => Promise<boolean>
}

export async function lookUpIssue(number: number, { forge, org, knows }: IssueLookUp): Promise<IssueVerdict> {
  const issue = await forge.readIssue(number)
  // Labels cost nothing to judge; membership costs a call for each assignee.
  const unmembered = decideTargeting(issue, { hasMemberAssigned: true })
  if (unmembered.outcome === "ignored") return ignored(unmembered, issue)
  const decided = decideTargeting(issue, { hasMemberAssigned: await hasMember(issue.assignees, forge, org) })
  if (decided.outcome === "ignored") return ignored(decided, issue)
  if (decided.outcome === "refused") return { ...decided, message: WORDS[decided.reason](decided.labels.join(", ")) }
  const { agent, bottle } = decided
  if (!(await knows("agent", agent)))
    return { outcome: "refused", reason: "unknown-agent", message: `there is no agent \`${agent}\` here` }
  if (bottle !== undefined && !(await knows("bottle", bottle)))
    return { outcome: "refused", reason: "unknown-bottle", message: `there is no bottle \`${bottle}\` here` }
  return { outcome: "targeted", agent, bottle, issue }
}

async function hasMember(users: readonly string[], forge: WatchedForge, org: string): Promise<boolean> {
  for (const user of users) if (await forge.isOrgMember(org, user)) return true
  return false
}

function ignored({ reason }: Extract<Targeting, { outcome: "ignored" }>, { assignees }: Issue): IssueVerdict {
  const why = {
    "issue-closed": "it is closed",
    "not-an-issue": "it is a pull request",
    "no-agent-label": "it has no label bot-bottle:<agent>",
    "no-member-assigned": assignees.length === 0 ? "nobody is assigned" : "no assignee is a member of the organization",
  }[reason]
  return { outcome: "ignored", reason, why }
}

const WORDS: Readonly<Record<TargetingRefusal, (labels: string) => string>> = {
  "several-agent-labels": (labels) => `one label bot-bottle:<agent> names the agent, and there are several: ${labels}`,
  "invalid-agent-label": (labels) => `this is not an agent's label: ${labels}`,
  "several-bottle-labels": (labels) =>
    `one label bot-bottle-bottle:<name> names the bottle, and there are several: ${labels}`,
  "invalid-bottle-label": (labels) => `this is not a bottle's label: ${labels}`,
}
