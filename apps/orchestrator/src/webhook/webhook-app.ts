// The HTTP server for a forge's webhooks. It believes signed bodies only, answers at once, and passes on
// where to look; what a delivery claims is looked up live.
//
// Deliveries wait for each other on the forge's side and are not sent again: nothing here waits.

import type { Secret } from "@bot-bottle/contracts"
import {
  findDeliveryRepository,
  isSignedBy,
  parseWebhook,
  type RepositoryName,
  WEBHOOK_PATHS,
  type WebhookEvent,
} from "@bot-bottle/forge"
import { Hono } from "hono"

export interface WebhookAppOptions {
  readonly secret: Secret
  /** Called for each delivery that counts; must not throw. */
  readonly onEvent: (event: Exclude<WebhookEvent, { kind: "unknown" | "malformed" }>) => void
  /** Called for each new signed delivery, also for one that means nothing here; must not throw. */
  readonly onDelivery: (repository: RepositoryName, id: string) => void
  readonly log: (line: string) => void
}

export const MAX_DELIVERY_BYTES = 1024 * 1024
/** A delivery that is sent again by hand has an id of its own; the record makes it harmless. */
const MAX_REMEMBERED = 10_000

export function createWebhookApp({ secret, onEvent, onDelivery, log }: WebhookAppOptions): Hono {
  const app = new Hono()
  const remembered = new Set<string>()

  async function receive(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer())
    if (body.length > MAX_DELIVERY_BYTES) return refuse(413, "the body is larger than 1 MiB")
    if (!isSignedBy(secret, body, request.headers.get("x-gitea-signature") ?? undefined))
      return refuse(401, "the signature is missing or wrong")
    // A form's signature is over the JSON inside it, not over the body.
    if (!/^application\/json\b/.test(request.headers.get("content-type") ?? ""))
      return refuse(415, "the body is not application/json")
    const id = request.headers.get("x-gitea-delivery") ?? ""
    if (id === "" || id.length > 100) return refuse(400, "the delivery has no id")
    if (remembered.has(id)) {
      log(`webhook: delivery ${id} was here already`)
      return answer(202, "already received")
    }
    remember(id)

    const text = new TextDecoder().decode(body)
    const repository = findDeliveryRepository(text)
    if (repository !== undefined) onDelivery(repository, id)
    const event = parseWebhook(request.headers.get("x-gitea-event") ?? "", text)
    if (event.kind === "unknown") return new Response(null, { status: 204 })
    if (event.kind === "malformed") return refuse(400, "the body is not a delivery of Gitea 1.26")
    onEvent(event)
    return answer(202, "accepted")
  }

  function remember(id: string): void {
    remembered.add(id)
    const [oldest] = remembered
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  }

  /** The sender may be anybody, so nothing of what it sent is in the log. */
  function refuse(status: number, why: string): Response {
    log(`webhook: refused: ${why}`)
    return answer(status, why)
  }

  for (const path of WEBHOOK_PATHS) app.post(path, (c) => receive(c.req.raw))
  app.get("/health", (c) => c.json({ status: "ok" }))
  app.notFound((c) => c.text("not found\n", 404))
  return app
}

function answer(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } })
}
