// `demo`: the whole of bot-bottle on one screen, with nothing real at stake. Bottle, proxy and
// ledger are the ones every launch uses; only the provider at the far end is a stand-in.

import { linesOf } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings, openManifestLibrary } from "@bot-bottle/manifest"
import type { StandIn } from "@bot-bottle/stand-in"
import { DEMO_BUDGET_TOKENS, DEMO_KEY, type DemoHost, openDemoHost } from "../demo/demo-host.ts"
import { parseGuestEvent } from "../demo/guest-events.ts"
import { createStory, type Story } from "../demo/story.ts"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { chooseHeadless } from "../launch/choose-headless.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { spawnProxy } from "../launch/proxy-process.ts"
import { type ResolvedLaunch, resolveLaunch } from "../launch/resolve-launch.ts"
import { runSession, type SessionEnd } from "../launch/session.ts"
import { formatCount } from "../terminal/figures.ts"
import type { Screen } from "../terminal/screen.ts"
import { sumOf, usageTable } from "./usage.ts"

const AGENT_LINES = { maxLength: 64 * 1024, unfinished: "kept" } as const

const SETTLE_TIMEOUT_MS = 2_000
const POLL_MS = 10

export async function runDemo({ env, screen }: Host): Promise<number> {
  const startedAtMs = performance.now()
  await using demo = await openDemoHost(env)
  await using ledger = await openHostLedger(demo)
  const story = createStory(screen)
  screen.print(screen.paint.bold("bot-bottle demo"))
  screen.print("A real bottle, the real proxy and ledger; the provider is a stand-in on this machine.")
  screen.print("No key, no network, nothing kept.")

  const end = await runDemoAgent(demo, ledger, story)
  await tellUsage(ledger, demo.standIn, story, screen)
  story.claim("the agent ended by itself and nothing else ended it", end.reason === undefined && end.exitCode === 0)
  const holds = story.conclude()
  screen.print("")
  screen.print(
    `${holds ? "All of it held" : "NOT all of it held"}, in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`,
  )
  if (holds) screen.print("Next: bot-bottle init, then bot-bottle start implementer")
  return holds ? 0 : 1
}

async function runDemoAgent(demo: DemoHost, ledger: Ledger, story: Story): Promise<SessionEnd> {
  const launch = await resolveDemo(demo)
  let listening = Promise.resolve()
  await using proxy = spawnProxy({ path: demo.env.path, onStderr: (line) => story.line(`proxy: ${line}`) })
  const end = await runSession({
    env: demo.env,
    ledger,
    launch,
    name: { label: "demo", color: "cyan" },
    launcher: loadOwnIdentity(),
    proxy,
    toolchainFolder: undefined,
    stdio: () => ({ kind: "pipe" }),
    onStarted: ({ bottle }) => {
      if (bottle.stdout !== undefined) listening = listen(bottle.stdout, ledger, story)
      if (bottle.stderr !== undefined) void drain(bottle.stderr, story)
    },
    onReport: (report) => story.proxySaid(report),
  })
  await listening
  return end
}

function resolveDemo({ env }: DemoHost): Promise<ResolvedLaunch> {
  const library = openManifestLibrary({ root: env.root, repoFolder: env.root })
  const chosen = chooseHeadless(library, { agent: "demo", agentArguments: [], prompt: "Show it." })
  return resolveLaunch(
    {
      ...chosen,
      settings: loadSettings(env.root),
      budget: `claude=${DEMO_BUDGET_TOKENS}`,
      shutdown: undefined,
      backend: undefined,
      agentArguments: [],
      workspace: "copy",
    },
    { find: env.find, ask: undefined },
  )
}

async function listen(stdout: ReadableStream<Uint8Array>, ledger: Ledger, story: Story): Promise<void> {
  for await (const line of linesOf(stdout, AGENT_LINES)) {
    const event = parseGuestEvent(line)
    if (event === undefined) continue
    story.guestSaid(event)
    if (event.kind === "streamed") await tellFirstCharge(ledger, story)
  }
}

async function drain(stderr: ReadableStream<Uint8Array>, story: Story): Promise<void> {
  for await (const line of linesOf(stderr, AGENT_LINES)) story.line(`agent: ${line}`)
}

/** The stream's last byte is passed on before its usage is booked, so this waits for the book. */
async function tellFirstCharge(ledger: Ledger, story: Story): Promise<void> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS
  while (Date.now() < deadline) {
    const [row] = await ledger.usage({ by: "provider" })
    if (row !== undefined && row.chargedTokens > 0) {
      const { inputTokens, outputTokens } = row.usage
      return story.line(
        `in the ledger: ${inputTokens} input + ${outputTokens} output = ${row.chargedTokens} tokens charged`,
      )
    }
    await Bun.sleep(POLL_MS)
  }
  story.claim("the streamed reply is in the ledger", false)
}

async function tellUsage(
  ledger: Ledger,
  standIn: StandIn,
  story: Story,
  screen: Pick<Screen, "paint" | "width">,
): Promise<void> {
  const rows = await ledger.usage({ by: "run" })
  story.section("The books")
  for (const line of usageTable("run", rows, sumOf(rows), screen)) story.line(line)

  const charged = rows.reduce((total, row) => total + row.chargedTokens, 0)
  const billed = standIn.bill.reduce((total, { usage }) => total + usage.inputTokens + usage.outputTokens, 0)
  story.line(`the provider billed ${formatCount(billed)} tokens, the ledger charged ${formatCount(charged)}`)
  story.claim("the ledger equals the provider's bill, to the token", charged === billed && billed > 0)
  story.claim(`no more than ${DEMO_BUDGET_TOKENS} tokens were spent`, billed <= DEMO_BUDGET_TOKENS)
  story.claim(
    "the provider saw the real key on every request",
    standIn.received.length > 0 && standIn.received.every(({ headers }) => headers["x-api-key"] === DEMO_KEY),
  )
}
