import { expect, test } from "bun:test"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { findProvider, type LoginCredential } from "@bot-bottle/providers"
import { createLoginAuthority, type IssuedTokens } from "@bot-bottle/stand-in"
import { openTempFolder } from "@bot-bottle/testkit"
import type { AskResult } from "./ask-authority.ts"
import { takeHarnessLock } from "./harness-lock.ts"
import { type RenewalOutcome, renewLogin } from "./renew-login.ts"
import { digest, openRenewalJournal } from "./renewal-journal.ts"

const AN_HOUR_MS = 3_600_000
const PROVIDERS = ["claude", "codex"] as const

test.each(PROVIDERS)(
  "%s: a login that is due is renewed in its file, every other field kept, mode 0600",
  async (name) => {
    await using world = await openWorld(name)
    world.clock.nowMs += AN_HOUR_MS - 60_000
    expect(await world.renew()).toEqual({ outcome: "renewed" })
    const { file, text } = world.read()
    expect(world.isLive()).toBe(true)
    expect([statSync(file).mode & 0o777, text.includes("kept-at-the-top"), text.includes("kept-inside")]).toEqual([
      0o600,
      true,
      true,
    ])
    expect(await world.renew()).toEqual({ outcome: "current" })
    expect([world.authority.renewals, world.authority.reuses]).toEqual([1, 0])
  },
)

test.each(PROVIDERS)(
  "%s: a token that has not ended is renewed when the provider has refused it, once",
  async (name) => {
    await using world = await openWorld(name)
    const refused = digest(world.accessToken())
    expect(await world.renew()).toEqual({ outcome: "current" })
    expect(await world.renew({ refused })).toEqual({ outcome: "renewed" })
    expect(await world.renew({ refused })).toEqual({ outcome: "current" })
    expect(world.authority.reuses).toBe(0)
  },
)

// biome-ignore format: a table
test.each([
  // died                                       then                     renewals  live
  ["before it was sent",                        "renewed",               1,        true],
  ["after it was sent",                         "refused",               1,        false],
  ["after its answer was on the disk",          "renewed",               1,        true],
  ["after the file was written",                "current",               1,        true],
] as const)("INV-11: a renewer that died %s: the next one ends with %s", async (moment, outcome, renewals, isLive) => {
  for (const name of PROVIDERS) {
    await using world = await openWorld(name)
    world.clock.nowMs += AN_HOUR_MS - 60_000
    await world.renew({ diesAt: moment }).catch(() => {})
    expect((await world.renew()).outcome).toBe(outcome)
    await world.renew()
    expect([world.authority.renewals, world.authority.reuses, world.isLive()]).toEqual([renewals, 0, isLive])
  }
})

test("INV-11: a lost answer and a refusal are not asked about again, until somebody has logged in", async () => {
  for (const answer of ["lost", "refused"] as const) {
    await using world = await openWorld("claude")
    world.clock.nowMs += AN_HOUR_MS - 60_000
    if (answer === "refused") world.authority.revoke(world.refreshToken())
    expect((await world.renew({ loses: answer === "lost" })).outcome).toBe("refused")
    const asked = world.asked()
    expect((await world.renew()).outcome).toBe("refused")
    expect(world.asked()).toBe(asked)
    world.logIn()
    expect(await world.renew()).toEqual({ outcome: "current" })
    world.clock.nowMs += AN_HOUR_MS - 60_000
    expect(await world.renew()).toEqual({ outcome: "renewed" })
  }
})

test.each([503, 429])("an authority that answers %d is asked again later, with the same token", async (status) => {
  await using world = await openWorld("codex")
  world.clock.nowMs += AN_HOUR_MS - 60_000
  expect(await world.renew({ status })).toEqual({ outcome: "not-now", why: `the authority answered ${status}` })
  expect(await world.renew()).toEqual({ outcome: "renewed" })
})

test("the harness's own program, which holds its lock, is waited for and its renewal is taken", async () => {
  for (const name of PROVIDERS) {
    await using world = await openWorld(name)
    world.clock.nowMs += AN_HOUR_MS - 60_000
    const lock = await takeHarnessLock(world.source.renewal!.lock(world.read().file), 0)
    expect(await world.renew({ lockMs: 0 })).toEqual({ outcome: "not-now", why: "another program is renewing it" })
    const waiting = world.renew({ lockMs: 5_000 })
    world.logIn()
    if (lock.outcome === "held") lock.release()
    expect(await waiting).toEqual({ outcome: "current" })
    expect(world.asked()).toBe(0)
  }
})

interface Change {
  readonly refused?: string
  readonly diesAt?: string
  readonly loses?: boolean
  readonly status?: number
  readonly lockMs?: number
}

async function openWorld(name: (typeof PROVIDERS)[number]) {
  const folder = await openTempFolder()
  const clock = { nowMs: 1_800_000_000_000 }
  const authority = createLoginAuthority({ accessLifetimeMs: AN_HOUR_MS, nowMs: () => clock.nowMs })
  const source = findProvider(name)!.credentials.find((one): one is LoginCredential => one.kind === "login")!
  const file = join(folder.path, name === "claude" ? "home/.claude/.credentials.json" : "home/.codex/auth.json")
  await mkdir(dirname(file), { recursive: true })
  const logIn = () => writeFileSync(file, fileText(name, authority.issue()), { mode: 0o600 })
  logIn()
  const journal = openRenewalJournal(folder.path, file)
  let asked = 0
  const read = () => ({ file, text: readFileSync(file, "utf8") })
  const accessToken = () => {
    const reading = source.read(read().text, clock.nowMs)
    return reading.outcome === "found" ? reading.secret : ""
  }
  const refreshToken = () => {
    const request = source.renewal!.request(read().text)
    return request.outcome === "ready" ? request.refreshToken : ""
  }

  async function renew({ refused, diesAt, loses, status, lockMs = 1_000 }: Change = {}): Promise<RenewalOutcome> {
    const die = (moment: string) => {
      if (diesAt === moment) throw new Error("killed")
    }
    return renewLogin(
      { file, source, renewal: source.renewal!, refused },
      {
        journal: {
          ...journal,
          write(record) {
            if (record.state === "sending") die("before it was sent")
            if (record.state === "renewed") die("after the file was written")
            journal.write(record)
            if (record.state === "answered") die("after its answer was on the disk")
          },
        },
        takeLock: (lock) => takeHarnessLock(lock, lockMs),
        nowMs: () => clock.nowMs,
        async ask(request, onSending): Promise<AskResult> {
          asked += 1
          onSending()
          if (status !== undefined) return { outcome: "answered", status, body: "" }
          const answer = await authority.answer({ method: "POST", ...request })
          die("after it was sent")
          if (loses === true || answer === undefined) return { outcome: "lost", why: "ECONNRESET" }
          return { outcome: "answered", status: answer.status, body: answer.body }
        },
      },
    )
  }

  return {
    ...folder,
    authority,
    clock,
    source,
    read,
    renew,
    logIn,
    accessToken,
    refreshToken,
    isLive: () => authority.isLive(accessToken()) && authority.isRefreshable(refreshToken()),
    asked: () => asked,
  }
}

function fileText(name: "claude" | "codex", tokens: IssuedTokens): string {
  if (name === "codex") {
    return JSON.stringify({
      auth_mode: "chatgpt",
      extra: "kept-at-the-top",
      tokens: {
        id_token: tokens.idToken,
        access_token: tokens.accessToken,
        refresh_token: tokens.refreshToken,
        account_id: "account",
        extra: "kept-inside",
      },
    })
  }
  return JSON.stringify({
    mcpOAuth: { server: "kept-at-the-top" },
    claudeAiOauth: {
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      expiresAt: tokens.expiresAtMs,
      scopes: ["user:inference", "user:profile"],
      subscriptionType: "max",
      extra: "kept-inside",
    },
  })
}
