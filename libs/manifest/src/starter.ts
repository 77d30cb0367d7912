// The files that `init` and `setup` write: a first bottle and agent that run as they are, and
// settings whose every line says what it would change. Pure.
//
// The daily limit is written for every harness that we install: an operator who asked for one must
// not find the next agent without it.

import { HARNESS_NAMES, type HarnessName } from "./harness-names.ts"

export interface StarterFile {
  /** From the host root. */
  readonly path: string
  readonly text: string
}

export const STARTER_AGENT = "implementer"
export const STARTER_BOTTLE = "dev"

export interface StarterChoice {
  /** Template of the first bottle. */
  readonly provider: HarnessName
  /** Of each provider. Undefined: metered and unlimited. */
  readonly dailyTokens: number | undefined
}

export const STARTER_CHOICE: StarterChoice = { provider: "claude", dailyTokens: 2_000_000 }

/** Settings, a bottle and an agent that fit each other. */
export function listStarterFiles({ provider, dailyTokens }: StarterChoice): readonly StarterFile[] {
  return [
    { path: "settings.yml", text: settingsText(dailyTokens) },
    { path: `bottles/${STARTER_BOTTLE}.md`, text: BOTTLE.replace("template: claude", `template: ${provider}`) },
    { path: `agents/${STARTER_AGENT}.md`, text: AGENT },
  ]
}

/** A further agent: `bot-bottle new agent`. */
export function newAgentText(bottle: string): string {
  return AGENT.replace("bottle: dev", `bottle: ${bottle}`)
}

/** A further bottle: with everything said, or as a change of another one. */
export function newBottleText(
  base: { readonly provider: StarterChoice["provider"] } | { readonly extends: string },
): string {
  if ("provider" in base) return BOTTLE.replace("template: claude", `template: ${base.provider}`)
  return CHILD_BOTTLE.replaceAll("dev", base.extends)
}

function settingsText(dailyTokens: number | undefined): string {
  const mark = dailyTokens === undefined ? "# " : ""
  const limits = HARNESS_NAMES.map((name) => `\n${mark}  ${name}: ${dailyTokens ?? 2_000_000}`)
  return SETTINGS.replace("budget:\n  claude: 5000000", `${mark}budget:${limits.join("")}`).replace(
    "# budget_window: day",
    `${mark}budget_window: day`,
  )
}

const SETTINGS = `# Host settings of bot-bottle. A line without '#' is in force; an unknown key is an error.

# Tokens that all runs together may spend, by provider: each has a counter of its own. Without a budget, runs are
# metered but unlimited. For one limit over all providers, in dollars: usd: 20
budget:
  claude: 5000000

# When the counter starts again: total (only when you reset it) | hour | day | week | month
# budget_window: day

# Hard limit for the whole host; no budget of an agent, a bottle or a run overrides it.
# ceiling:
#   claude: 20000000

# What to do when a budget runs out: cutoff | freeze | kill
# shutdown: cutoff

# off | reserve. With reserve, parallel requests cannot overshoot; with off, the request that crosses the limit
# is still answered.
# gate: reserve

# With reserve, ask the provider what each request's input counts instead of estimating it. It costs no tokens, but
# a round trip before every request; without an answer within two seconds the estimate stands.
# gate_exact: true

# Weight of cached input tokens, 0 to 1.
# cache_read_weight: 0.1

# Dial this address instead of asking DNS (gateways, mirrors, tests), and trust these extra roots there.
# resolve:
#   api.anthropic.com: 127.0.0.1:19443
# upstream_ca: /etc/ssl/corp.pem

# How long 'cleanup' keeps the files of ended runs, so that they can be resumed.
# keep_ended: 7d

# How long a request waits for your answer where a bottle says 'on_unlisted: ask'; up to 120s.
# ask_timeout: 20s

# The dashboard: colors, mouse, other keys for its actions.
# dashboard: { theme: auto, mouse: true }
# dashboard_keys: { kill: none }
`

const BOTTLE = `---
# A bottle is a policy: where agents in it may go, with which credential, at what cost.

agent_provider:
  template: claude
  # A host variable instead of the provider's usual ones. Its value never enters the bottle.
  # auth: { token_ref: MY_KEY }

# Everything that is not listed is refused. The provider's own hosts are listed already.
egress:
  log: 1                         # 0 off | 1 denials | 2 every request
  # dlp: { outbound: redact }    # the host's credentials in what leaves: block | redact | off
  # server_tools: trim           # what the provider itself would fetch for the agent: refuse | trim | allow
  # on_unlisted: ask             # a request to another host waits for you; needs 'supervise: true': refuse | ask
  routes:
    - host: registry.npmjs.org
      matches:
        - methods: [GET]
    # - host: api.github.com
    #   auth: { scheme: Bearer, token_ref: GITHUB_TOKEN }
    #   matches:
    #     - { paths: [{ type: prefix, value: /repos/acme/ }], methods: [GET] }

# env:
#   CI: "1"
#   NPM_CONFIG_REGISTRY: "\${NPM_CONFIG_REGISTRY}"     # from the host
#   DEPLOY_TARGET: "?Which target"                    # asked at launch

# The agent may ask you for a host or for tokens: 'bot-bottle supervise' shows and answers its questions.
# supervise: true

# Tokens for all runs in this bottle together.
# budget: { claude: 1000000 }

limits: { memory: 4g, pids: 512 }
---

Notes for people. Agents do not see them.
`

/** Nothing of the other bottle is changed until a line is uncommented: a list that is written and empty clears its. */
const CHILD_BOTTLE = `---
extends: dev

# Only the keys that differ. 'bot-bottle info dev' shows the others. Routes add up.
# egress:
#   routes:
#     - host: api.example.com
#       matches:
#         - methods: [GET]
---
`

const AGENT = `---
bottle: dev
# skills: [review]
# git: { user: { name: Implementer, email: implementer@example.com } }
# budget: { claude: 500000 }
---

You implement one change at a time in the workspace.

Read the code around a change before you make it. Keep the change small, run the tests, and
finish with a short summary of what you changed and what you did not.
`
