// A real Gitea sends a test delivery, and `doctor --forge` watches, with and without a running
// `serve`. It does so at Gitea's default ALLOWED_HOST_LIST, which refuses loopback, and after the
// fix that the row names.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { findFreePort, openTempFolder, readJson, runProgram, type Shaped, startProgram } from "@bot-bottle/testkit"
import { CLI } from "../e2e/cli/cli-host.ts"
import { WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets } from "./widgets.ts"

const EVENTS = ["issues", "issue_comment", "pull_request", "pull_request_comment", "pull_request_review"]
const SECRET = "the-secret-of-this-test"

test.skipIf(WHY_NO_GITEA !== undefined)(
  `a real Gitea's default refuses the test delivery to loopback; the named line of app.ini lets it arrive (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using host = await openDoctorHost()
    const { gitea, repo } = host.widgets
    await gitea.stop()
    await gitea.allowWebhookHosts("")
    await gitea.start()
    const port = findFreePort()
    const config = { url: `http://127.0.0.1:${port}/`, content_type: "json", secret: SECRET }
    const hook = (await repo("POST", "/hooks", { type: "gitea", active: true, events: EVENTS, config })) as {
      id: number
    }
    expect(await host.look()).toMatchObject({ state: "note", fix: expect.stringContaining("choose the event Push") })
    await repo("PATCH", `/hooks/${hook.id}`, { active: true, events: [...EVENTS, "push"] })

    const alone = await host.look()
    expect(alone).toMatchObject({ state: "fail", detail: `it did not arrive at ${config.url}` })
    const serve = host.serve(port)
    await serve.untilStdout(/listening on/)
    expect(await host.look()).toEqual(alone)

    const [, list = ""] = /ALLOWED_HOST_LIST = (.*?), and restart/.exec(alone?.fix ?? "") ?? []
    await gitea.stop()
    await gitea.allowWebhookHosts(list)
    await gitea.start()
    const arrived = { check: "test delivery", state: "ok", detail: `it arrived at ${config.url}`, fix: null }
    expect(await host.look()).toEqual(arrived)
    serve.kill()
    await serve.result
    expect(await host.look()).toEqual(arrived)
    expect(await host.look({ FORGE_WEBHOOK_SECRET: "another" })).toMatchObject({
      state: "fail",
      detail: `${arrived.detail}, and is not signed with FORGE_WEBHOOK_SECRET`,
    })
  },
  120_000,
)

test.skipIf(WHY_NO_GITEA !== undefined)(
  `on a real Gitea, a token that may only read, an empty repository and an organization's webhook are notes (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using host = await openDoctorHost()
    const { gitea, repo } = host.widgets
    const hook = {
      type: "gitea",
      active: true,
      events: ["issues", "push"],
      config: { url: `http://127.0.0.1:${findFreePort()}/`, content_type: "json", secret: SECRET },
    }
    const { id } = (await repo("POST", "/hooks", hook)) as { id: number }
    const note = (detail: string) => ({ state: "note", detail: expect.stringContaining(detail) })
    const reader = await gitea.createToken("gitadmin", "read:repository")
    expect(await host.look({ FORGE_ADMIN_TOKEN: reader })).toMatchObject(note("may not ask for it"))
    expect(await host.look({ FORGE_ADMIN_TOKEN: "" })).toMatchObject(note("only an administrator can ask for it"))
    await repo("DELETE", `/hooks/${id}`)
    await gitea.call("POST", "/orgs/acme/hooks", hook)
    expect(await host.look()).toMatchObject(note("an organization's webhook"))

    await gitea.call("POST", "/orgs", { username: "bare" })
    await gitea.call("POST", "/orgs/bare/repos", { name: "empty", default_branch: "main" })
    await gitea.call("PUT", "/repos/bare/empty/collaborators/runbot", { permission: "write" })
    await gitea.call("POST", "/repos/bare/empty/hooks", hook)
    expect(await host.look({ FORGE_OWNER: "bare", FORGE_REPO: "empty" })).toMatchObject(note("the repository has none"))
  },
  90_000,
)

const ROW = { check: "string", state: "string", detail: "string", fix: "string?" } as const
type Row = Shaped<typeof ROW>

async function openDoctorHost() {
  await using opened = new AsyncDisposableStack()
  const widgets = opened.use(await openWidgets())
  const folder = opened.use(await openTempFolder())
  const own = {
    BOT_BOTTLE_HOME: join(folder.path, "root"),
    FORGE_GITEA_API: widgets.gitea.api,
    FORGE_WEBHOOK_SECRET: SECRET,
    FORGE_TOKEN: widgets.botToken,
    FORGE_ADMIN_TOKEN: widgets.gitea.adminToken,
    FORGE_OWNER: "acme",
    FORGE_REPO: "widgets",
  }
  await runProgram([...CLI, "init"], { cwd: folder.path, env: own })
  const all = opened.move()
  return {
    widgets,
    serve: (port: number) =>
      startProgram([...CLI, "orchestrate", "serve", "--listen", `127.0.0.1:${port}`], { cwd: folder.path, env: own }),
    /** The row of the test delivery. */
    async look(env: Readonly<Record<string, string>> = {}): Promise<Row | undefined> {
      const argv = [...CLI, "doctor", "--forge", "--json"]
      const { stdout } = await runProgram(argv, { cwd: folder.path, env: { ...own, ...env } })
      const { checks } = readJson(stdout, { checks: [ROW] })
      return checks.find(({ check }) => check === "test delivery")
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
