// The whole of bot-bottle on one screen, with nothing real at stake. Bottle, proxy and
// ledger are the ones every launch uses; only the provider at the far end is a stand-in.

import { cloneFolder, createLineSplitter, formatCount } from "@bot-bottle/contracts"
import { askNobody, type ControlEvent, type HostEnv, openHostLedger, type SessionEnd, start } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import type { StandIn } from "@bot-bottle/stand-in"
import { DEMO_BUDGET_TOKENS, DEMO_KEY, type DemoHost, openDemoHost } from "./demo-host.ts"
import { parseGuestEvent } from "./guest-events.ts"
import type { DemoScreen } from "./screen.ts"
import { createStory, formatTokens, type Story } from "./story.ts"

const AGENT_LINE_MAX = 64 * 1024

const SETTLE_TIMEOUT_MS = 2_000
const POLL_MS = 10

/** The exit code: 0 when all of it held. */
export async function runDemo(
  env: Pick<HostEnv, "path" | "operator"> & { readonly call: string },
  screen: DemoScreen,
  signal: AbortSignal,
): Promise<number> {
  const startedAtMs = performance.now()
  await using demo = await openDemoHost(env)
  // Its own: nobody waits for a shared one.
  await using ledger = await openHostLedger({ env: demo.env, notify: () => {} })
  const story = createStory(screen)
  screen.print(screen.bold("bot-bottle demo"))
  screen.print("A real bottle, proxy and ledger. Only the provider is a stand-in on this host.")
  screen.print("It needs no key and no network, and keeps nothing.")

  const end = await runDemoAgent(demo, ledger, story, signal)
  // There is nothing to conclude.
  if (signal.aborted) return 1
  await tellUsage(ledger, demo.standIn, story)
  story.claim("the agent ended by itself and nothing else ended it", end?.cause.kind === "agent" && end.exitCode === 0)
  const holds = story.conclude()
  screen.print("")
  screen.print(
    `${holds ? "All of it held" : "NOT all of it held"}, in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`,
  )
  if (holds) screen.print(`Next: ${cloneFolder() === undefined ? `${env.call} setup` : "npm run setup"}`)
  return holds ? 0 : 1
}

async function runDemoAgent(
  demo: DemoHost,
  ledger: Ledger,
  story: Story,
  signal: AbortSignal,
): Promise<SessionEnd | undefined> {
  const output = listen(ledger, story)
  const launched = await start(
    { env: demo.env, notify: (event) => tellEvent(event, story), describe: () => [] },
    {
      agent: "demo",
      agentArguments: [],
      headless: true,
      prompt: "Show it.",
      budget: `claude=${DEMO_BUDGET_TOKENS}`,
      label: "demo",
      color: "cyan",
      cwd: true,
    },
    { ask: askNobody, confirm: "given", mode: { kind: "piped", onOutput: output.take }, signal },
  )
  await output.told()
  return launched.outcome === "ended" ? launched.end : undefined
}

function tellEvent(event: ControlEvent, story: Story): void {
  if (event.kind === "proxy-report") story.proxySaid(event.report)
  if (event.kind === "proxy-stderr") story.line(`proxy: ${event.line}`)
}

/** Tells the agent's lines in their order, each when the one before has been told. */
function listen(ledger: Ledger, story: Story) {
  let telling = Promise.resolve()
  const tell = async (line: string) => {
    const event = parseGuestEvent(line)
    if (event === undefined) return
    story.guestSaid(event)
    if (event.kind === "streamed") await tellFirstCharge(ledger, story)
  }
  const then = (next: () => void | Promise<void>) => {
    telling = telling.then(next)
  }
  const tellOf = { stdout: tell, stderr: (line: string) => story.line(`agent: ${line}`) }
  const splitters = { stdout: createLineSplitter(AGENT_LINE_MAX), stderr: createLineSplitter(AGENT_LINE_MAX) }
  return {
    async take(bytes: Uint8Array, stream: "stdout" | "stderr") {
      for (const line of splitters[stream].push(bytes)) then(() => tellOf[stream](line))
    },
    told: () => telling,
  }
}

/** The stream's last byte is passed on before its usage is recorded, so this waits for the ledger. */
async function tellFirstCharge(ledger: Ledger, story: Story): Promise<void> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS
  while (Date.now() < deadline) {
    const [row] = await ledger.usage({ by: "provider" })
    if (row !== undefined && row.chargedTokens > 0) {
      return story.line(`in the ledger: ${formatTokens(row.usage, row.chargedTokens)} charged`)
    }
    await Bun.sleep(POLL_MS)
  }
  story.claim("the streamed reply is in the ledger", false)
}

async function tellUsage(ledger: Ledger, standIn: StandIn, story: Story): Promise<void> {
  const rows = await ledger.usage({ by: "run" })
  story.section("The books")
  for (const { requests, usage, chargedTokens } of rows)
    story.line(`${requests} requests: ${formatTokens(usage, chargedTokens)} charged`)

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
