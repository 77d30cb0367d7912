// The stand-in's calls for an administrator of the repository: webhooks, their test deliveries, and branch rules.
// As in Gitea, a test delivery is a push: a webhook without that event gets none, and the answer is the same.

import type { GiteaCallSeen } from "./gitea-routes.ts"
import type { GiteaWorld, StandInWebhook } from "./gitea-world.ts"

/** Undefined for a call that needs no administrator. */
export function answerAdministrator(
  { method, path }: GiteaCallSeen,
  world: GiteaWorld,
  deliverPush: (hook: StandInWebhook) => void,
): Response | undefined {
  const base = `/api/v1/repos/${world.owner}/${world.repo}`
  const { pathname } = new URL(path, "http://gitea.test")
  if (method === "GET" && pathname === `${base}/branch_protections`) return Response.json([])
  if (method === "GET" && pathname === `${base}/hooks`)
    return Response.json(world.webhooks.map(hookJson), { headers: { "x-total-count": `${world.webhooks.length}` } })
  const [, id] = new RegExp(`^${base}/hooks/(\\d+)/tests$`).exec(pathname) ?? []
  if (method !== "POST" || id === undefined) return undefined
  const hook = world.webhooks.find((one) => one.id === Number(id))
  if (hook === undefined) return Response.json({ errors: null, message: "not found", url: "" }, { status: 404 })
  if (hook.events.includes("push") && world.deliversWebhooks) deliverPush(hook)
  return new Response(null, { status: 204 })
}

function hookJson({ id, url, events }: StandInWebhook) {
  return { id, name: "", type: "gitea", branch_filter: "", config: { content_type: "json", url }, events, active: true }
}
