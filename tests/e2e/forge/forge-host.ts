// A host before a stand-in Gitea: the real command line, sidecar and orchestrator, and an agent
// that is a script using the `forge` command and Git.

import { dirname, join } from "node:path"
import {
  openStandInGit,
  openStandInGitea,
  type StandInGit,
  type StandInGitea,
  type StandInIssue,
} from "@bot-bottle/forge/testing"
import { killProcess } from "@bot-bottle/kernel"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import type { ServerCertificate } from "@bot-bottle/stand-in"
import { GITLEAKS } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, programBottle } from "../cli/cli-host.ts"

export const HOOK_SECRET = "hooksecret-of-this-test"
export const USAGE = {
  inputTokens: 1200,
  outputTokens: 34,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
}

export interface ForgeHost extends AsyncDisposable {
  readonly cli: CliHost
  readonly gitea: StandInGitea
  readonly remote: StandInGit
  readonly ledger: Ledger
  /** Assigned to a member and labelled, unless told otherwise. */
  addIssue(given?: Partial<StandInIssue>): StandInIssue
}

export interface ForgeHostOptions {
  /** The bottle may clone the repository as `w`, without a forge. */
  readonly hasRepository?: boolean
  /** Further lines of settings.yml. */
  readonly settings?: string
  /** Further variables of the operator. */
  readonly env?: Readonly<Record<string, string>>
  /** Of another host, which works on it together with this one. */
  readonly shares?: Pick<ForgeHost, "gitea" | "remote">
  /** The address at which this host reaches the forge. */
  readonly api?: string
  /** The forge speaks TLS under a CA of its own. */
  readonly certificate?: ServerCertificate
}

/** `script` is the agent: /bin/sh, its prompt in `$1`. */
export async function openForgeHost(script: string, options: ForgeHostOptions = {}): Promise<ForgeHost> {
  const { hasRepository = false, settings = "", env = {}, certificate, shares } = options
  await using opened = new AsyncDisposableStack()
  const tls = certificate === undefined ? {} : { tls: { cert: certificate.chainPem, key: certificate.keyPem } }
  const gitea = shares?.gitea ?? opened.use(openStandInGitea(tls))
  const remote = shares?.remote ?? opened.use(await openStandInGit(gitea))
  const path = `${GITLEAKS === undefined ? "" : `${dirname(GITLEAKS)}:`}/usr/local/bin:/usr/bin:/bin`
  const cli = opened.use(
    await openCliHost({
      reply: () => ({ text: "ok", usage: USAGE }),
      env: {
        PATH: path,
        FORGE_GITEA_API: options.api ?? gitea.api,
        FORGE_TOKEN: gitea.token,
        FORGE_WEBHOOK_SECRET: HOOK_SECRET,
        FORGE_OWNER: "acme",
        FORGE_REPO: "widgets",
        ...env,
      },
      settings,
    }),
  )
  const repos = hasRepository
    ? `, repos: { w: { url: "${remote.cloneUrl}", token_ref: FORGE_TOKEN, writable: true } }`
    : ""
  await cli.write(
    "bottles/dev.md",
    programBottle(
      ["/bin/sh", "-c", `${PRELUDE}\n${script}`, "agent"],
      `git: { user: { name: Fixer, email: fixer@example.test }${repos} }\n`,
    ),
  )
  await cli.write("agents/fixer.md", agentIn("dev"))
  const ledger = opened.use(await openLedger(join(cli.root, "bot-bottle.db")))
  opened.defer(async () => {
    for (const { launcher } of await ledger.listRuns({ all: true })) killProcess(launcher)
  })
  const all = opened.move()
  return {
    cli,
    gitea,
    remote,
    ledger,
    addIssue: (given = {}) =>
      gitea.world.addIssue({
        title: "Widget is blue",
        body: "please make it green",
        assignees: ["alice"],
        labels: ["bot-bottle:fixer"],
        ...given,
      }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

const PRELUDE = `
set -eu
clone() { git clone --quiet http://git.bot-bottle.internal/acme/widgets.git repo; cd repo; }
`
