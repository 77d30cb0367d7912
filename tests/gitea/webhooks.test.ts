// The deliveries of a real Gitea: each is signed as we check it, and names the issue or pull request that
// it is about.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { isSignedBy, parseWebhook, type WebhookEvent } from "@bot-bottle/forge"
import { waitFor } from "@bot-bottle/testkit"
import { WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets } from "./widgets.ts"

const SECRET = "the-secret-of-this-test"
const EVENTS = ["issues", "issue_comment", "pull_request", "pull_request_comment", "pull_request_review"]

test.skipIf(WHY_NO_GITEA !== undefined)(
  `a real Gitea's deliveries are signed and understood; those of another secret are not (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using widgets = await openWidgets()
    const { repo, aliceToken, botToken } = widgets
    await using receiver = openReceiver()
    for (const [path, secret] of [
      ["own", SECRET],
      ["other", "another-secret"],
    ] as const)
      await repo("POST", "/hooks", {
        type: "gitea",
        active: true,
        events: EVENTS,
        config: { url: `${receiver.url}${path}`, content_type: "json", secret },
      })
    const issue = await widgets.addIssue({ title: "Widget is blue", body: "", labels: ["bot-bottle:fixer"] })
    await repo("POST", `/issues/${issue}/comments`, { body: "please" }, aliceToken)
    const file = { content: "eA==", message: "x", branch: "main", new_branch: "bot-bottle/fixer-abc12/work" }
    await repo("POST", "/contents/x.txt", file, botToken)
    const opened = { title: "x", body: `Closes #${issue}`, head: file.new_branch, base: "main" }
    const { number: pull } = (await repo("POST", "/pulls", opened, botToken)) as { number: number }
    await repo("POST", `/issues/${pull}/comments`, { body: "hm" }, aliceToken)
    for (const event of ["COMMENT", "REQUEST_CHANGES", "APPROVED"])
      await repo("POST", `/pulls/${pull}/reviews`, { event, body: "so" }, aliceToken)
    await repo("PATCH", `/pulls/${pull}`, { state: "closed" }, aliceToken)
    await repo("PATCH", `/issues/${issue}`, { state: "closed" }, aliceToken)

    const kinds = () =>
      receiver.events.map((event) =>
        event.kind === "malformed" ? event.kind : `${event.kind} ${"number" in event ? event.number : ""}`,
      )
    await waitFor("the last delivery", () => kinds().filter((kind) => kind === `issue ${issue}`).length >= 4, {
      deadlineMs: 30_000,
    })
    expect([...new Set(kinds())].toSorted()).toEqual(
      [`issue ${issue}`, `comment ${issue}`, `comment ${pull}`, `pull-request ${pull}`].toSorted(),
    )
    // One comment and three reviews.
    expect(kinds().filter((kind) => kind === `comment ${pull}`).length).toBe(4)
    expect(receiver.events.filter((event) => "repository" in event && event.repository.repo !== "widgets")).toEqual([])
    expect(receiver.unsigned).toBeGreaterThan(0)
  },
  90_000,
)

function openReceiver() {
  const found = { events: [] as WebhookEvent[], unsigned: 0 }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.bytes()
      const isOwn = new URL(request.url).pathname === "/own"
      const isSigned = isSignedBy(new Secret(SECRET), body, request.headers.get("x-gitea-signature") ?? undefined)
      if (!isSigned) found.unsigned++
      if (isSigned !== isOwn) found.events.push({ kind: "malformed" })
      if (isSigned)
        found.events.push(parseWebhook(request.headers.get("x-gitea-event") ?? "", new TextDecoder().decode(body)))
      return new Response(null, { status: 202 })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/`,
    get events() {
      return found.events
    },
    get unsigned() {
      return found.unsigned
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
