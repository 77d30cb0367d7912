// The entries of processes that must start fast, and the modules that none of them may load.
// `architecture.test.ts` holds the sources to it.

/** From an entry of a process, the modules that must not be loaded with it. Dynamic imports do not count. */
export const STAYS_LIGHT: readonly Weight[] = [
  {
    entry: "libs/contracts/src/index.ts",
    without: ["libs/contracts/src/messages/", "valibot"],
    why: "every process loads it, and each parses few of the messages",
  },
  {
    entry: "libs/ledger/src/index.ts",
    without: ["libs/ledger/src/postgres/", "libs/ledger/src/fleet/"],
    why: "a host with a ledger of its own loads nothing of a shared one",
  },
  {
    entry: "apps/cli/src/main.ts",
    without: ["libs/ledger/", "libs/bottle/", "libs/manifest/", "libs/workspace/", "@clack/prompts", "yaml", "valibot"],
    why: "--help and a wrong flag answer at once",
  },
  {
    entry: "libs/control/src/index.ts",
    without: ["libs/ledger/", "libs/bottle/", "libs/manifest/", "libs/workspace/", "libs/providers/", "libs/egress/"],
    why: "its verbs load their code when they are called",
  },
  {
    entry: "apps/cli/src/commands/start/start.ts",
    without: ["libs/ledger/", "libs/bottle/", "libs/manifest/", "libs/workspace/", "libs/providers/", "libs/egress/"],
    why: "the proxy is started before the rest is loaded",
  },
  {
    entry: "libs/control/src/launch/prepare-start.ts",
    without: [
      "libs/model-apis/",
      "libs/stand-in/",
      "libs/workspace/",
      "libs/forge/",
      "libs/view/",
      "libs/control/src/launch/service-process.ts",
      "libs/contracts/src/messages/forge/sidecar-config.ts",
      "libs/egress/src/index.ts",
      "libs/egress/src/dlp/",
      "libs/egress/src/address.ts",
      "libs/ledger/src/postgres/",
      "libs/wire/",
      "libs/logins/src/renewal/ask-authority.ts",
      "libs/bottle/src/backends/docker/docker-backend.ts",
      "@opentui/core",
      "gpt-tokenizer",
      "@xterm/headless",
      "@clack/prompts",
      "@secretlint/secretlint-rule-preset-recommend",
      "node:http",
      "node:net",
      "node:tls",
    ],
    why: "a start loads what a start needs",
  },
  {
    entry: "libs/workspace/src/start.ts",
    without: ["libs/workspace/src/index.ts", "libs/workspace/src/bind/", "libs/kernel/", "diff"],
    why: "every start loads it, and most starts copy and bind nothing",
  },
  {
    entry: "libs/workspace/src/tally.ts",
    without: ["libs/workspace/src/index.ts", "libs/workspace/src/review/review.ts", "diff"],
    why: "a session that changed nothing ends without comparing",
  },
  {
    entry: "libs/workspace/src/copy.ts",
    without: ["libs/workspace/src/index.ts", "libs/workspace/src/bind/", "diff"],
    why: "a start that copies compares and binds nothing",
  },
  {
    entry: "apps/proxy/src/main.ts",
    without: [
      "libs/providers/",
      "libs/manifest/",
      "libs/bottle/",
      "libs/stand-in/",
      "libs/ledger/src/postgres/",
      "@secretlint/secretlint-rule-preset-recommend",
      "gpt-tokenizer",
      "ws-library",
      "yaml",
      // Its client and server cost a start 6 ms; a table of phrases is all that was used of it.
      "node:http",
    ],
    why: "its start is the longest step of a launch",
  },
]

export interface Weight {
  readonly entry: string
  /** Beginnings of repository paths, or names of packages. */
  readonly without: readonly string[]
  readonly why: string
}
