// Judges the effect of Gitea's ALLOWED_HOST_LIST, which no call of its API shows: which webhook a test delivery
// is asked for, and the finding when it arrives or does not. Pure.

import type { GiteaHook } from "@bot-bottle/forge"
import type { Check } from "../report.ts"
import { HIDDEN, hearsNewIssues, SHOW } from "./judge-forge.ts"

const STEP = "docs/forge.md, step 6"
export const DELIVERY = "test delivery"

/** `"mute"`: nothing arrived in time. `"path"`: at a path that `serve` does not have. */
export type Arrival = "arrived" | "unsigned" | "path" | "mute"

export type HookChoice =
  | { readonly outcome: "chosen"; readonly hook: GiteaHook; readonly url: URL }
  | { readonly outcome: "none"; readonly finding: Check }

/** A push is sent to it: never to a webhook that may be another program's. */
export function chooseHook(hooks: readonly GiteaHook[] | "hidden"): HookChoice {
  if (hooks === "hidden") return none(HIDDEN, SHOW)
  const usable = hooks.filter(
    ({ isActive, contentType, events }) => isActive && contentType === "json" && hearsNewIssues(events),
  )
  const [hook, ...others] = usable
  if (hook === undefined) return none("no webhook receives new issues", STEP)
  if (others.length > 0)
    return none(`several webhooks receive new issues: ${usable.map(({ url }) => url).join(", ")}`, "keep one of them")
  if (hook.owner === "organization")
    return none(
      "Gitea's API sends none for an organization's webhook",
      "see Recent Deliveries of the webhook, in the organization's settings",
    )
  if (!hook.events.includes("push") || hook.branchFilter !== "")
    return none(
      `it is a push, and ${hook.url} does not receive every push`,
      `choose the event Push, and no branch filter (${STEP})`,
    )
  const url = URL.parse(hook.url)
  return url === null ? none(`invalid address ${hook.url}`, STEP) : { outcome: "chosen", hook, url }
}

export function judgeDelivery(arrival: Arrival, url: URL): Check {
  const fail = (detail: string, fix: string): Check => ({ check: DELIVERY, state: "fail", detail, fix })
  switch (arrival) {
    case "arrived":
      return { check: DELIVERY, state: "ok", detail: `it arrived at ${url.href}` }
    case "unsigned":
      return fail(
        `it arrived at ${url.href}, and is not signed with FORGE_WEBHOOK_SECRET`,
        `set the webhook's secret to that of serve (${STEP})`,
      )
    case "path":
      return fail(`it arrived at ${url.pathname}, where serve does not listen`, `let the webhook's path be / (${STEP})`)
    case "mute":
      return fail(
        `it did not arrive at ${url.href}`,
        `set in Gitea's app.ini, below [webhook]: ALLOWED_HOST_LIST = external, ${hostOf(url)}, and restart it. If it is set: a firewall, or a secret that differs from FORGE_WEBHOOK_SECRET, which serve's log says`,
      )
  }
}

/** Nothing is known, which stops no start. */
export function notChecked(why: string, fix: string): Check {
  return { check: DELIVERY, state: "note", detail: `not checked: ${why}`, fix }
}

function none(why: string, fix: string): HookChoice {
  return { outcome: "none", finding: notChecked(why, fix) }
}

/** As app.ini writes it. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "")
}
