// Commands that begin a run or join one.

import { SHUTDOWN_POLICIES } from "@bot-bottle/contracts"
import type { PromptFlags } from "../commands/start/read-prompt.ts"
import { AGENT_CHOICES, BACKEND_CHOICES, COLOR_CHOICES, WORKSPACE_CHOICES } from "./choices.ts"
import { type CommandList, choice, collect, RUN } from "./command-list.ts"

export function addStartCommands({ host, passthrough, add, does, doesOnRun }: CommandList): void {
  add(
    "Start",
    "start [agent]",
    "run an agent in a bottle",
    "bot-bottle start implementer --headless --prompt 'fix the failing test'",
  )
    .option("--headless", "ask nothing; needs a prompt")
    .option("-p, --prompt <text>", "what the agent should do; - reads it from stdin")
    .option("--prompt-file <path>", "what the agent should do, in a file")
    .option("--bottle <name>", "bottle to use; repeat it to merge several, in order", collect)
    .option("--label <text>", "name of the run, at most 64 bytes")
    .addOption(choice("--color <name>", "color of the label", COLOR_CHOICES))
    .addOption(choice("--backend <name>", "isolation backend", BACKEND_CHOICES))
    .option("--image <name>", "with docker: an image of the engine, or the path of a Dockerfile")
    .option("--budget <tokens>", "budget of this run: claude=2M,codex=500k, one number, or '$5'")
    .option("--parallel <count>", "requests that this run may have open at once")
    .option("--requests-per-minute <count>", "requests that this run may make in a minute")
    .option("--spend-per-minute <dollars>", "no further request while the last minute cost as much")
    .option("--tag <name=value>", "for 'usage --by tag:name'; repeat it for several", collect)
    .addOption(choice("--shutdown <policy>", "what to do when the budget runs out", SHUTDOWN_POLICIES))
    .option("--cwd", "copy the current folder into the bottle; the default inside a Git work tree")
    .option("--empty", "give the agent an empty folder")
    .addOption(
      choice("--workspace <mode>", "copy: as --cwd; bind: work in the current folder itself", WORKSPACE_CHOICES),
    )
    .option("--with-secrets", "show files that may hold secrets, such as .env")
    .option("--observe", "let unlisted hosts through, without credentials, to learn the routes")
    .option("--detach", "run in the background; 'attach' joins it")
    .option("-y, --yes", "do not ask before it starts")
    .option("--dry-run", "show what would start, start nothing")
    .option("--json", "with --dry-run: machine-readable")
    .option("--enqueue", "leave it to a worker of a shared ledger; needs --headless")
    .option("--wants <labels>", "with --enqueue: labels of the worker: arch=x64,backend=bwrap")
    .usage("[options] [agent] [-- agent arguments]")
    .action(
      does(async (agent: string | undefined, { enqueue, wants, json, ...flags }) => {
        const given = { ...(await prompted(host, flags)), agent, agentArguments: passthrough }
        if (enqueue === true) return (await import("../commands/start/enqueue.ts")).runEnqueue(host, given, { wants })
        return (await import("../commands/start/start.ts")).runStart(host, given, { json: json === true })
      }),
    )
  // For the help and the completions. The arguments after the name are the agent's, so `runProgram` takes these first.
  for (const name of AGENT_CHOICES) {
    const [title, example] = HARNESSES[name]
    add("Start", `${name} [arguments...]`, `run ${title} here; it gets every argument`, example).usage(
      "[arguments of the agent]",
    )
  }
  add(
    "Start",
    `resume ${RUN}`,
    "resume a stopped run",
    "bot-bottle resume implementer-abc12 --headless --prompt 'now the docs'",
  )
    .option("--headless", "ask nothing; needs a prompt")
    .option("-p, --prompt <text>", "what the agent should do next; - reads it from stdin")
    .option("--prompt-file <path>", "what the agent should do next, in a file")
    .option("--budget <tokens>", "new budget of this run: claude=2M,codex=500k, one number, or '$5'")
    .addOption(choice("--shutdown <policy>", "what to do when the budget runs out", SHUTDOWN_POLICIES))
    .option("--detach", "run in the background; 'attach' joins it")
    .option("-y, --yes", "do not ask before it starts")
    .option("--dry-run", "show what would start, start nothing")
    .option("--json", "with --dry-run: machine-readable")
    .usage("[options] [run] [-- agent arguments]")
    .action(
      doesOnRun<PromptFlags & { readonly json?: boolean }>(
        {
          live: false,
          // The prompt itself is read later: stdin can be read only once.
          check: async (name = "<run>", { promptFile, json, ...flags }) =>
            (await import("../commands/start/resume.ts")).checkResume(
              host,
              {
                ...flags,
                ...(promptFile === undefined ? {} : { prompt: promptFile }),
                slug: name,
                agentArguments: [],
              },
              { json: json === true },
            ),
        },
        async (slug, { json, ...flags }) =>
          (await import("../commands/start/resume.ts")).runResume(
            host,
            { ...(await prompted(host, flags)), slug, agentArguments: passthrough },
            { json: json === true },
          ),
      ),
    )
  add("Start", `attach ${RUN}`, "join a run in the background", "bot-bottle attach implementer-abc12").action(
    doesOnRun({ live: true }, async (slug) => (await import("../commands/start/attach.ts")).runAttach(host, slug)),
  )
  add("Start", `exec ${RUN}`, "run a command in a run's bottle", "bot-bottle exec implementer-abc12 -- git status")
    .usage("[run] -- <command> [arguments]")
    .action(
      doesOnRun({ live: true }, async (slug) =>
        (await import("../commands/start/exec.ts")).runExec(host, slug, passthrough),
      ),
    )
  add(
    "Start",
    "forward <run> <port>",
    "reach a server in a run's bottle from this host",
    "bot-bottle forward implementer-abc12 3000:8080",
  ).action(
    does(async (run: string, ports: string) => {
      const [{ chooseRun }, { runForward }] = await Promise.all([
        import("../choose-run/choose-run.ts"),
        import("../commands/start/forward.ts"),
      ])
      const slug = await chooseRun(host, run, { live: true })
      return slug === undefined ? 0 : await runForward(host, slug, ports)
    }),
  )
  add("Start", "demo", "see it work in ten seconds: no keys, no network", "bot-bottle demo").action(
    does(async () => (await import("../commands/start/demo.ts")).runDemo(host)),
  )
}

const HARNESSES: Readonly<Record<(typeof AGENT_CHOICES)[number], readonly [title: string, example: string]>> = {
  claude: ["Claude Code", "bot-bottle claude --model opus"],
  codex: ["Codex", "bot-bottle codex exec 'fix the failing test'"],
  pi: ["Pi", "bot-bottle pi --model gpt-5"],
}

async function prompted<Flags extends object>(host: CommandList["host"], flags: Flags) {
  return (await import("../commands/start/read-prompt.ts")).readPrompt(flags, host.env.cwd)
}
