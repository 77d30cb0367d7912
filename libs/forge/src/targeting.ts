// Whether an issue asks for a run, and for which agent. Pure; the caller looks up membership.

export const AGENT_LABEL = "bot-bottle:"
export const BOTTLE_LABEL = "bot-bottle-bottle:"

export type Targeting =
  /** Nobody asked for a run: nothing is said. */
  | {
      readonly outcome: "ignored"
      readonly reason: "issue-closed" | "not-an-issue" | "no-agent-label" | "no-member-assigned"
    }
  /** A run was asked for and cannot be had: the issue says why. */
  | { readonly outcome: "refused"; readonly reason: TargetingRefusal; readonly labels: readonly string[] }
  | { readonly outcome: "targeted"; readonly agent: string; readonly bottle?: string }

export type TargetingRefusal =
  | "several-agent-labels"
  | "invalid-agent-label"
  | "several-bottle-labels"
  | "invalid-bottle-label"

export interface TargetedIssue {
  readonly state: "open" | "closed"
  readonly isPullRequest: boolean
  readonly labels: readonly string[]
}

/** As manifests name agents and bottles. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/

/** `hasMemberAssigned` was looked up live, for these assignees. */
export function decideTargeting(issue: TargetedIssue, membership: { readonly hasMemberAssigned: boolean }): Targeting {
  if (issue.isPullRequest) return { outcome: "ignored", reason: "not-an-issue" }
  if (issue.state === "closed") return { outcome: "ignored", reason: "issue-closed" }

  const agents = named(issue.labels, AGENT_LABEL)
  if (agents.length === 0) return { outcome: "ignored", reason: "no-agent-label" }
  if (!membership.hasMemberAssigned) return { outcome: "ignored", reason: "no-member-assigned" }

  const [agent = ""] = agents
  if (agents.length > 1) return refused("several-agent-labels", agents, AGENT_LABEL)
  if (!NAME.test(agent)) return refused("invalid-agent-label", agents, AGENT_LABEL)

  const bottles = named(issue.labels, BOTTLE_LABEL)
  const [bottle] = bottles
  if (bottle === undefined) return { outcome: "targeted", agent }
  if (bottles.length > 1) return refused("several-bottle-labels", bottles, BOTTLE_LABEL)
  if (!NAME.test(bottle)) return refused("invalid-bottle-label", bottles, BOTTLE_LABEL)
  return { outcome: "targeted", agent, bottle }
}

function named(labels: readonly string[], prefix: string): readonly string[] {
  return labels.filter((label) => label.startsWith(prefix)).map((label) => label.slice(prefix.length))
}

function refused(reason: TargetingRefusal, names: readonly string[], prefix: string): Targeting {
  return { outcome: "refused", reason, labels: names.map((name) => `${prefix}${name}`) }
}
