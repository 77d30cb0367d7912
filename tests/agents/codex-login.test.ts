// The real Codex on the operator's own login: read on the host, never in the bottle.

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { runFolders } from "@bot-bottle/contracts"
import { createLoginAuthority, type LoginAuthority } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { Glob } from "bun"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.openai.com", "chatgpt.com", "auth.openai.com"] as const
const TIMEOUT_MS = INSTALL_MS + 90_000
const ACCOUNT = "8f6d7c1e-0000-4000-8000-00000000beef"
const AUTH = "https://api.openai.com/auth"
const START = ["start", "implementer", "--headless", "--prompt"] as const

test(
  "the provider sees the login's access token and account; the bottle has neither token, and the ledger is the bill",
  async () => {
    const access = token({ exp: inAnHour() })
    await using host = await openLoginHost(access)
    const run = await host.run(...START, "say hi")
    expect({ exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stdout: "You said: say hi\n",
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    const { bill, received } = host.standIn
    expect(bill.length).toBeGreaterThan(0)
    for (const { headers, path } of received) {
      expect([path, headers["authorization"], headers["chatgpt-account-id"]]).toEqual([
        path,
        `Bearer ${access}`,
        ACCOUNT,
      ])
    }
    expect(bill.every(({ request }) => request.path.startsWith("/backend-api/codex/responses"))).toBe(true)
    expect(await filesHolding(join(host.root, "state"), [access])).toEqual([])
    const { totals } = (await host.json("usage")) as { totals: Record<string, number> }
    expect(totals["input_tokens"]).toBe(bill.reduce((sum, { usage }) => sum + usage.inputTokens, 0))
  },
  TIMEOUT_MS,
)

test.each([
  ["an hour", inAnHour(), true],
  ["days", inAnHour() + 5 * 86_400, false],
] as const)(
  "a login that ends in %s: whether the preflight and a headless start warn of it",
  async (_, exp, isWarned) => {
    await using host = await openLoginHost(token({ exp }))
    const dry = await host.run(...START, "say hi", "--dry-run")
    const run = await host.run(...START, "say hi")
    expect([dry.exitCode, run.exitCode]).toEqual([0, 0])
    const words = /the login in .*auth\.json ends at .*; 'codex login' on the host renews it/
    expect([
      /^login +codex: .*\n +the login/m.test(dry.stdout),
      words.test(dry.stdout),
      words.test(run.stderr),
    ]).toEqual([isWarned, isWarned, isWarned])
  },
  TIMEOUT_MS,
)

test(
  "a login that is over is said so before anything is launched",
  async () => {
    await using host = await openLoginHost(token({ exp: inAnHour() - 7_200 }))
    const run = await host.run(...START, "say hi")
    expect([run.exitCode, run.stdout, host.standIn.received.length]).toEqual([1, "", 0])
    expect(run.stderr).toMatch(/error: the Codex device login in .*auth\.json is no longer valid \(until /)
    expect(run.stderr).toContain("hint: run 'codex login' on the host")
  },
  TIMEOUT_MS,
)

test(
  "a login that has ended is renewed on the host before the launch, and again when the provider refuses its token",
  async () => {
    const authority = createLoginAuthority({
      accessLifetimeMs: 3_600_000,
      nowMs: Date.now,
      account: { id: ACCOUNT, email: "operator@example.com", plan: "plus" },
    })
    const issued = authority.issue()
    const ended = token({ exp: inAnHour() - 7_200 })
    await using host = await openLoginHost(ended, { renewed: { refresh: issued.refreshToken, authority } })
    const run = await host.run(...START, "say hi")
    expect([run.exitCode, run.stdout]).toEqual([0, "You said: say hi\n"])
    expect([authority.renewals, authority.reuses]).toEqual([1, 0])
    const file = join(host.root, "../.codex/auth.json")
    const kept = readJson(await readFile(file, "utf8"), {
      tokens: { access_token: "string", refresh_token: "string" },
      kept_field: "string",
    })
    expect([authority.isRefreshable(kept.tokens.refresh_token), kept.kept_field]).toEqual([true, "as it is"])

    authority.expire(kept.tokens.access_token)
    const again = await host.run(...START, "say more")
    expect([again.exitCode, again.stdout]).toEqual([0, "You said: say more\n"])
    expect([authority.renewals, authority.reuses]).toEqual([2, 0])
  },
  TIMEOUT_MS,
)

// Codex speaks HTTP where the provider refuses WebSockets, and is then refused with a plain 429.
test.each(["accept", "refuse"] as const)(
  "a run that meets the account's usage limit is parked, and `wait` continues its conversation (WebSockets: %s)",
  async (sockets) => {
    const limit = { isSpent: true, resetsAtS: inAnHour() }
    await using host = await openLoginHost(token({ exp: inAnHour() + 5 * 86_400 }), { sockets, limit })
    await Bun.write(
      join(host.root, "bottles/codex.md"),
      "---\nagent_provider: { template: codex }\non_limit: park\n---\n",
    )
    const run = await host.run(...START, "count to ten")
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining("parked until 20")])
    const [parked] = (await host.json("list")) as { slug: string; status: string; end_reason: string }[]
    const slug = parked?.slug ?? ""
    expect([parked?.status, parked?.end_reason]).toEqual(["frozen", "parked"])

    limit.isSpent = false
    const hasKept = keptTexts(runFolders(host.root, slug).home).some((text) => text.includes("count to ten"))
    const before = host.standIn.received.length
    const db = new Database(join(host.root, "bot-bottle.db"))
    db.run("UPDATE enforcement SET until_ms = ? WHERE until_ms IS NOT NULL", [Date.now() - 1_000])
    db.close()
    const waited = await host.run("wait", slug)
    expect([waited.exitCode, waited.stdout]).toEqual([0, `${slug}\n`])
    expect(await host.untilEnded(slug)).toBe(0)
    const sent = host.standIn.received.slice(before).map(({ body }) => body)
    const hears = (text: string) => sent.some((body) => body.includes(text))
    expect([hears("count to ten"), hears("Continue where you stopped.")]).toEqual([true, hasKept])
    // Over a WebSocket the first message may be refused before Codex has kept its task: then it is told the task again.
    if (sockets === "refuse") expect(hasKept).toBe(true)
  },
  TIMEOUT_MS,
)

/** The conversations that Codex has written down. */
function keptTexts(home: string): readonly string[] {
  const files = new Glob(".codex/sessions/**/*.jsonl").scanSync({ cwd: home, dot: true })
  return [...files].map((path) => readFileSync(join(home, path), "utf8"))
}

interface Renewed {
  readonly refresh: string
  readonly authority: LoginAuthority
}

interface LoginHostOptions {
  /** Without it nobody can renew the login: it has no refresh token. */
  readonly renewed?: Renewed
  readonly sockets?: "accept" | "refuse"
  readonly limit?: { readonly isSpent: boolean; readonly resetsAtS: number }
}

async function openLoginHost(access: string, options: LoginHostOptions = {}): Promise<AgentHost> {
  const { renewed, sockets = "refuse", limit } = options
  const claims = { [AUTH]: { chatgpt_account_id: ACCOUNT, chatgpt_plan_type: "plus" } }
  const login = {
    OPENAI_API_KEY: null,
    kept_field: "as it is",
    tokens: {
      id_token: token(claims),
      access_token: access,
      account_id: ACCOUNT,
      ...(renewed === undefined ? {} : { refresh_token: renewed.refresh }),
    },
  }
  const host = await openAgentHost({
    agent: "codex",
    hosts: HOSTS,
    sockets,
    home: { ".codex/auth.json": JSON.stringify(login) },
    async answer(request) {
      const answer = await renewed?.authority.answer(request)
      if (answer !== undefined) return answer
      const bearer = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? ""
      if (renewed !== undefined && !renewed.authority.isLive(bearer))
        return { status: 401, body: '{"detail":"expired"}' }
      const isAsked = request.method === "MESSAGE" || request.method === "POST"
      if (limit?.isSpent === true && isAsked && request.path.startsWith("/backend-api/codex/responses"))
        return usageLimit(limit.resetsAtS)
      // Where the account's requests go, which Codex asks before the first of them.
      return request.path.startsWith("/backend-api/wham/accounts/check") ? { status: 200, body: accounts() } : undefined
    },
  })
  await Bun.write(join(host.root, "bottles/codex.md"), "---\nagent_provider: { template: codex }\n---\n")
  await Bun.write(join(host.root, "agents/implementer.md"), "---\nbottle: codex\n---\nBe brief.\n")
  return host
}

/** Over HTTP, and as the message of a WebSocket. */
function usageLimit(resetsAtS: number) {
  const error = { type: "usage_limit_reached", message: "Spent", plan_type: "plus", resets_at: resetsAtS }
  return {
    status: 429,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "error", status: 429, error }),
  }
}

function accounts(): string {
  const account = {
    id: ACCOUNT,
    account_user_role: "owner",
    plan_type: "plus",
    structure: "personal",
    workspace_backend_origin: "https://chatgpt.com",
    account_routing_override: "NO_CONSTRAINT",
  }
  return JSON.stringify({ accounts: [account], default_account_id: ACCOUNT, account_ordering: [ACCOUNT] })
}

function token(claims: object): string {
  return ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".")
}

function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3_600
}

async function filesHolding(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const holding: string[] = []
  for (const path of new Glob("**").scanSync({ cwd: folder, dot: true, onlyFiles: true, followSymlinks: false })) {
    const content = await readFile(join(folder, path))
    if (texts.some((text) => content.includes(text))) holding.push(path)
  }
  return holding
}
