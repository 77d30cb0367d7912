// Every import that crosses a workspace, and the reason for it. `architecture.test.ts` holds the
// sources to exactly this table. The layers: contracts; pure; kernel; effects; control; apps.

const WORDS = "the words that all processes share"
const MESSAGES = "the schemas of the messages it parses"
const SYSTEM = "files, sockets and processes of the host"

/** From a workspace, to a module (`*` stands for one or more characters), and why. */
export const MAY_IMPORT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "libs/contracts": {
    "node:path": "joins the paths of a run's folders",
    "node:url": "spells international names as DNS does",
    valibot: "one schema for every message that crosses a process",
  },
  "libs/egress": {
    "@bot-bottle/contracts": WORDS,
    "node:net": "tells an address from a name",
    "@secretlint/secretlint-rule-preset-recommend": "rules that know credentials of many makers",
  },
  "libs/budget": { "@bot-bottle/contracts": WORDS },
  "libs/prices": { "@bot-bottle/contracts": WORDS },
  "libs/providers": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "node:path": "names the locks beside a login's file",
  },
  "libs/model-apis": {
    "@bot-bottle/contracts": WORDS,
    "node:zlib": "reads compressed bodies as their clients do",
    "eventsource-parser": "server-sent events by the standard",
    "gpt-tokenizer/data/*": "vocabularies, to count a request before it leaves",
  },
  "libs/supervise": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
  },
  "libs/wire": {},
  "libs/view": { "@bot-bottle/contracts": WORDS },
  "libs/stand-in": {
    "@bot-bottle/contracts": WORDS,
    "node:*": SYSTEM,
    "@peculiar/x509": "a certificate for one start",
    "reflect-metadata": "needed by @peculiar/x509",
    "ws-library": "WebSockets as the providers speak them",
  },
  "libs/ledger": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/budget": "decides a reservation inside the transaction",
    "@bot-bottle/supervise": "decides inside the transaction whether a question or an answer counts",
    "node:*": SYSTEM,
    "bun:sqlite": "the store of one host",
    bun: "PostgreSQL, for a ledger that hosts share",
  },
  "libs/manifest": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/budget": "reads amounts of tokens",
    "@bot-bottle/egress/routes": "refuses a route that could not be obeyed",
    "node:*": SYSTEM,
    yaml: "YAML with positions, for messages that name the line",
  },
  "libs/logins": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/kernel": "flock, which a harness's own program takes as well",
    "@bot-bottle/providers": "how each harness renews its login",
    "@bot-bottle/wire": "reads the authority's answer",
    "node:*": SYSTEM,
  },
  "libs/kernel": {
    "@bot-bottle/contracts": WORDS,
    "node:*": SYSTEM,
    "bun:ffi": "libc calls that Bun has no name for",
  },
  "libs/guest": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "node:*": SYSTEM,
    bun: "types of Bun's sockets",
    "bun:ffi": "pipes; this code runs in the guest, without node_modules",
  },
  "libs/bottle": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/kernel": "process identity, folders by descriptor",
    "@bot-bottle/guest": "the one edge between effects: a backend carries the guest's channel",
    "node:*": SYSTEM,
    bun: "types of Bun's sockets",
    "bun:ffi": "pointers for mount calls",
  },
  "libs/workspace": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/kernel": "folders by descriptor, names as bytes",
    "node:*": SYSTEM,
    diff: "lines that differ, within a bound",
  },
  "libs/run-state": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "node:*": SYSTEM,
    bun: "finds files by pattern",
  },
  "libs/forge": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "node:*": SYSTEM,
    valibot: "parses the answers of a forge",
  },
  "libs/agent-calls": {
    "@bot-bottle/contracts": WORDS,
    "@modelcontextprotocol/server": "MCP, as Claude Code and Codex speak it",
    "@valibot/to-json-schema": "the parameters of the calls, as models read them",
    hono: "the calls' own small door",
    valibot: "the shape of the calls' parameters",
  },
  "libs/testkit": { "node:*": SYSTEM },
  "apps/proxy": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/budget": "which limit governs, and the hint of a refusal",
    "@bot-bottle/egress": "decides what may leave",
    "@bot-bottle/model-apis": "reads what a request costs",
    "@bot-bottle/prices": "what a settled request cost",
    "@bot-bottle/ledger": "reserves and settles",
    "@bot-bottle/supervise": "which grants hold, and which requests are one question",
    "@bot-bottle/view": "words the status line as the dashboard does",
    "@bot-bottle/wire": "reads and frames HTTP/1.1",
    "node:*": SYSTEM,
    "bun:ffi": "an alarm that a hung event loop cannot stop",
    "ws-library": "WebSockets between agent and provider",
  },
  "apps/forge-sidecar": {
    "@bot-bottle/agent-calls": "JSON-RPC and MCP in front of the calls",
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/egress": "finds the host's credentials in what is pushed or posted",
    "@bot-bottle/forge": "the forge behind the calls",
    "@bot-bottle/ledger": "the audit chain",
    "node:*": SYSTEM,
    valibot: "checks the parameters of the calls",
  },
  "apps/orchestrator": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/control": "freezes, kills and describes runs",
    "@bot-bottle/forge": "the forge, the records, the footer",
    "@bot-bottle/kernel": "whether a launcher still lives",
    "node:*": SYSTEM,
    hono: "the webhooks' door",
  },
  "apps/tui": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/view": "decides every cell of the screen",
    "@opentui/core": "paints the terminal and reads its keys",
  },
  "libs/control": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/budget": "reads amounts of tokens",
    "@bot-bottle/egress/routes": "checks the routes of a launch",
    "@bot-bottle/providers": "the harness of a launch",
    "@bot-bottle/ledger": "runs, budgets and their usage",
    "@bot-bottle/supervise": "what an answer to an agent's question may grant",
    "@bot-bottle/logins": "the logins that the operator saved",
    "@bot-bottle/logins/renewal": "renews the logins that harnesses keep",
    "@bot-bottle/manifest": "agents, bottles, settings",
    "@bot-bottle/bottle": "builds the bottle",
    "@bot-bottle/kernel": "process identity",
    "@bot-bottle/guest": "exec, terminals, the isolation self-test",
    "@bot-bottle/run-state": "a run's folders",
    "@bot-bottle/workspace": "binds",
    "@bot-bottle/workspace/copy": "copies",
    "@bot-bottle/workspace/start": "the operator's Git settings, empty workspaces, sizes of folders",
    "@bot-bottle/workspace/tally": "counts what an agent changed",
    "@bot-bottle/forge": "what a summary says of a run",
    "node:*": SYSTEM,
    "@xterm/addon-serialize": "draws the screen for who attaches",
    "@xterm/headless": "the screen of a run in the background",
  },
  "apps/demo": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/control": "launches the demo's run as any other",
    "@bot-bottle/bottle": "where things are inside a bottle",
    "@bot-bottle/ledger": "shows what was charged",
    "@bot-bottle/manifest": "makes the demo's host folder",
    "@bot-bottle/stand-in": "the provider at the far end",
    "node:*": SYSTEM,
  },
  "apps/cli": {
    "@bot-bottle/contracts": WORDS,
    "@bot-bottle/contracts/messages/*": MESSAGES,
    "@bot-bottle/control": "a run's whole life",
    "@bot-bottle/budget": "words a limit and the way to raise it",
    "@bot-bottle/providers": "lists the harnesses of this build",
    "@bot-bottle/ledger": "usage, budgets and the audit trail, to show them",
    "@bot-bottle/logins": "saves, lists and removes logins",
    "@bot-bottle/manifest": "shows and edits agents, bottles, settings",
    "@bot-bottle/bottle": "the operator's terminal; doctor's look at backends",
    "@bot-bottle/kernel": "process identity",
    "@bot-bottle/guest": "sizes of terminals, kinds of output",
    "@bot-bottle/run-state": "colors and labels for the pickers",
    "@bot-bottle/forge": "which runs work on an issue, and their summaries",
    "@bot-bottle/supervise": "how a question of an agent stands, and which answers need a reason",
    "@bot-bottle/view": "what the dashboard's stream looks like to people",
    "@bot-bottle/workspace": "diff and apply",
    "node:*": SYSTEM,
    "@clack/prompts": "prompts",
    commander: "the command line",
  },
}

/** Started as a process of its own, found by name, never imported. */
export const MAY_START: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "libs/control": {
    "@bot-bottle/proxy": "the egress plane of a run is a process of its own",
    "@bot-bottle/forge-sidecar": "the broker of a run on its forge is a process of its own",
  },
  "apps/cli": {
    "@bot-bottle/tui": "the dashboard's screen is a process of its own",
    "@bot-bottle/orchestrator": "webhooks are served by a process of its own",
    "@bot-bottle/demo": "the demo brings a provider along that no start needs",
  },
}

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
    entry: "apps/cli/src/commands/start.ts",
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
      "libs/control/src/forge/sidecar-process.ts",
      "libs/contracts/src/messages/sidecar-config.ts",
      "libs/egress/src/index.ts",
      "libs/egress/src/dlp/",
      "libs/egress/src/address.ts",
      "libs/ledger/src/postgres/",
      "libs/bottle/src/backends/docker/docker-backend.ts",
      "@opentui/core",
      "gpt-tokenizer",
      "@xterm/headless",
      "@clack/prompts",
      "@secretlint/secretlint-rule-preset-recommend",
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
    without: ["libs/workspace/src/index.ts", "libs/workspace/src/review.ts", "diff"],
    why: "a session that changed nothing ends without comparing",
  },
  {
    entry: "libs/workspace/src/copy.ts",
    without: ["libs/workspace/src/index.ts", "libs/workspace/src/bind/", "diff"],
    why: "a start that copies compares and binds nothing",
  },
  {
    entry: "apps/proxy/src/main.ts",
    without: ["libs/providers/", "libs/manifest/", "libs/bottle/", "libs/stand-in/", "yaml"],
    why: "its start is the longest step of a launch",
  },
]

export interface Weight {
  readonly entry: string
  /** Beginnings of repository paths, or names of packages. */
  readonly without: readonly string[]
  readonly why: string
}
