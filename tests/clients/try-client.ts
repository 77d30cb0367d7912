// Runs one client in a bottle of its own, against a host that the bottle lists and against one that
// it does not, behind a whole proxy.

import { dirname } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend, openTestRun, runInBottle } from "@bot-bottle/bottle/testing"
import { Secret } from "@bot-bottle/contracts"
import { createTestCa, route, SLUG, startTestProxy } from "@bot-bottle/proxy/testing"
import { startStandIn } from "@bot-bottle/stand-in"
import type { Client } from "./client.ts"
import { ANSWER, startFarHost } from "./far-host.ts"
import { startStrictHost } from "./strict-host.ts"

export const LISTED = "far.example.com"
/** Listed, and served by a far side that drops nothing. */
export const STRICT = "strict.example.com"
export const UNLISTED = "other.example.org"
const USAGE = { inputTokens: 40, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0 }
const CLIENT_DEADLINE_S = 40
const BETWEEN = "--- the unlisted host ---"

export interface Trial {
  /** Its output. */
  readonly listed: string
  readonly unlisted: string
}

export interface Trials extends AsyncDisposable {
  run(client: Client, toolbox: string): Promise<Trial>
}

export async function openTrials(): Promise<Trials> {
  const stack = new AsyncDisposableStack()
  const ca = createTestCa("the far hosts' CA")
  const far = stack.use(await startFarHost(LISTED, ca))
  const strict = stack.use(startStrictHost(STRICT, ca))
  const hosts = ["api.openai.com", "api.anthropic.com"]
  const provider = stack.use(await startStandIn({ hosts, reply: () => ({ text: ANSWER, usage: USAGE }) }))
  const bearer = { header: "authorization", template: "Bearer {secret}" }
  const proxy = stack.use(
    await startTestProxy({
      routes: [
        route(LISTED),
        route(STRICT),
        route("api.openai.com", {
          metering: { provider: "codex", api: "openai-responses" },
          injection: bearer,
          secret: new Secret("sk-the-operators-own"),
        }),
        route("api.anthropic.com", {
          metering: { provider: "claude", api: "anthropic-messages" },
          injection: { header: "x-api-key", template: "{secret}" },
          secret: new Secret("sk-ant-the-operators-own"),
        }),
      ],
      resolve: {
        [LISTED]: far.address,
        [STRICT]: strict.address,
        ...Object.fromEntries(hosts.map((host) => [host, provider.address])),
      },
      upstreamCa: `${ca.pem}\n${provider.caPem}`,
    }),
  )
  return {
    async run(client, toolbox) {
      await using run = openTestRun()
      const plan = run.plan(["/bin/sh", "-c", scriptOf(client)], {
        slug: SLUG,
        folders: { ...run.folders, guestShare: dirname(proxy.frontPath) },
        toolchainFolder: toolbox,
        cwd: GUEST.home,
        env: { PYTHONPATH: `${GUEST.toolchain}/python` },
      })
      const { stdout, stderr } = await runInBottle(createBwrapBackend(), plan)
      const [listed = "", unlisted = ""] = `${stdout}${stderr}`.split(BETWEEN)
      return { listed, unlisted }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Twice, each in a folder and a home of its own: what was fetched once must not answer for the second. */
function scriptOf({ script, isStrict = false }: Client): string {
  const once = (name: string, host: string, variables: string) =>
    `(mkdir -p $HOME/${name} && cd $HOME/${name} && export HOME=$PWD HOST=${host} LISTED=${LISTED} ${variables} && cat > run.sh <<'SCRIPT'
${script}
SCRIPT
timeout ${CLIENT_DEADLINE_S} sh run.sh) 2>&1`
  const elsewhere = `OPENAI_BASE_URL=https://${UNLISTED}/v1 ANTHROPIC_BASE_URL=https://${UNLISTED}`
  return [once("a", isStrict ? STRICT : LISTED, ""), `echo; echo '${BETWEEN}'`, once("b", UNLISTED, elsewhere)].join(
    "\n",
  )
}
