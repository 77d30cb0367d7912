import { expect, test } from "bun:test"
import { createHmac } from "node:crypto"
import { Secret } from "@bot-bottle/contracts"
import type { WebhookEvent } from "@bot-bottle/forge"
import { FIXTURES_FOLDER, readJson } from "@bot-bottle/testkit"
import { createWebhookApp } from "./webhook-app.ts"

test("a recorded delivery is answered with 202 and passed on, on both paths", async () => {
  const hook = webhook()
  expect((await hook.send(await recorded("/"))).status).toBe(202)
  expect(
    (
      await hook.send({
        ...(await recorded("/webhook")),
        headers: { ...(await recorded("/")).headers, "x-gitea-delivery": "other" },
      })
    ).status,
  ).toBe(202)
  const event = { kind: "comment", repository: { owner: "acme", repo: "widgets" }, number: 11 }
  expect(hook.events).toEqual([event, event] as WebhookEvent[])
})

test.each([
  ["no signature", { "x-gitea-signature": "" }, 401],
  ["another signature", { "x-gitea-signature": "0".repeat(64) }, 401],
  ["a signature of GitHub's kind", { "x-gitea-signature": `sha256=${"0".repeat(64)}` }, 401],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
  ["no delivery id", { "x-gitea-delivery": "" }, 400],
  ["an event that means nothing here", { "x-gitea-event": "push" }, 204],
] as const)("INV-202: with %s a delivery does nothing", async (_what, headers, status) => {
  const hook = webhook()
  const delivery = await recorded("/")
  expect((await hook.send({ ...delivery, headers: { ...delivery.headers, ...headers } })).status).toBe(status)
  expect(hook.events).toEqual([])
  expect(hook.deliveries).toEqual(status === 204 ? [`acme/widgets ${ID}`] : [])
})

test("a replay is accepted and does nothing", async () => {
  const hook = webhook()
  const delivery = await recorded("/")
  expect([(await hook.send(delivery)).status, (await hook.send(delivery)).status]).toEqual([202, 202])
  expect(hook.events.length).toBe(1)
  expect(hook.deliveries).toEqual([`acme/widgets ${ID}`])
})

test("a signed body of more than 1 MiB is refused", async () => {
  const hook = webhook()
  const body = new TextEncoder().encode(`{"a":"${"x".repeat(1024 * 1024)}"}`)
  const signature = createHmac("sha256", "hooksecret").update(body).digest("hex")
  const delivery = await recorded("/")
  expect(
    (await hook.send({ ...delivery, body, headers: { ...delivery.headers, "x-gitea-signature": signature } })).status,
  ).toBe(413)
})

test("health is answered, everything else is not there", async () => {
  const { app } = webhook()
  const status = async (method: string, path: string) => (await app.request(path, { method })).status
  expect([
    await status("GET", "/health"),
    await status("GET", "/"),
    await status("POST", "/x"),
    await status("DELETE", "/"),
  ]).toEqual([200, 404, 404, 404])
})

function webhook() {
  const events: WebhookEvent[] = []
  const deliveries: string[] = []
  const app = createWebhookApp({
    secret: new Secret("hooksecret"),
    onEvent: (event) => events.push(event),
    onDelivery: ({ owner, repo }, id) => deliveries.push(`${owner}/${repo} ${id}`),
    log: () => undefined,
  })
  return {
    app,
    events,
    deliveries,
    send: ({ path, body, headers }: Delivery) => app.request(path, { method: "POST", body, headers: { ...headers } }),
  }
}

interface Delivery {
  readonly path: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** Of the recorded delivery. */
const ID = "f54ccff7-e762-4e72-b4eb-7bf0e0349ccb"

async function recorded(path: string): Promise<Delivery> {
  const name = `${FIXTURES_FOLDER}/forge/webhooks/204-issue_comment-issue_comment-created`
  const { headers } = readJson(await Bun.file(`${name}.json`).text(), { headers: "object" })
  const kept = Object.entries(headers).filter(([key]) => /^(?:x-gitea|content-type)/i.test(key))
  return {
    path,
    body: (await Bun.file(`${name}.raw`).bytes()) as Uint8Array<ArrayBuffer>,
    headers: Object.fromEntries(kept.map(([key, value]) => [key.toLowerCase(), String(value)])),
  }
}
