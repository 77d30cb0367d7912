// A newcomer's first hour, typed into a shell of 80×24: an empty home, no Bun on PATH, a clone. Every
// command after the first is one that bot-bottle itself printed, typed as it stood there.

import { expect, test } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { startStandIn } from "@bot-bottle/stand-in"
import { openTempFolder, openTerminal, runProgram } from "@bot-bottle/testkit"

const ROOT = resolve(import.meta.dir, "../../..")
const SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
const KEY = "sk-ant-api03-the-key-of-a-newcomer-0000000000000000000000"
/** npm's work and the build, on a machine that has other things to do. */
const INSTALL = { deadlineMs: 180_000 }
const LONG = { deadlineMs: 30_000 }

/** Stands in for a harness: asks a host that nobody listed, and writes down how that went. */
const AGENT =
  "curl --silent --show-error --max-time 10 https://pkgs.example.com/left-pad | tee -a answer.txt; echo; echo the agent is done"

test("clone, setup, start, a refused host, allow, resume, diff, apply", async () => {
  await using home = await openHome()
  const { shell } = home
  await shell.runs(
    `git clone --quiet ${ROOT} bot-bottle && (cd bot-bottle && npm run --silent setup)`,
    /next: bot-bottle demo/,
    INSTALL,
  )
  await shell.runsHint(/next: (bot-bottle .*)/, "All of it held", INSTALL)

  await shell.runs("clear; bot-bottle", "bot-bottle --help")
  await shell.runsHint(/^ {2}(bot-bottle setup) /m, /Which agent do you use\?/)
  await shell.presses("Enter", /Daily limit of each provider, for all runs together\?/)
  await shell.presses("Enter", /claude setup-token/)
  await shell.types(`${KEY}\r`, /^Next: /m, LONG)
  expect(await shell.screen()).not.toContain(KEY)

  home.replaceHarness()
  await shell.runsHint(/^Next: (.*)$/m, /Ready to start[\s\S]*Start\?/, LONG)
  const preflight = await shell.screen()
  for (const words of ["agent ", "sees ", "reaches ", "budget "]) expect(preflight).toContain(words)
  await shell.presses("Enter", /to continue: bot-bottle resume/, LONG)
  // The closing lines scroll it off.
  expect(await shell.scrolled()).toContain("the agent is done")
  expect(await shell.screen()).toMatch(/^bot-bottle: implementer-\w{5} {2}\d+ s · 1 file \(\+\d+ −0\)/m)

  const ending = await shell.screen()
  await shell.types(`${hintIn(ending, /to allow it: (bot-bottle .*)/)}\r`, /\+ .*pkgs\.example\.com[\s\S]*Write it\?/)
  await shell.types("y", "written")
  await shell.types(
    `clear; ${hintIn(ending, /to continue: (bot-bottle .*)/)}\r`,
    /Ready to resume[\s\S]*Resume\?/,
    LONG,
  )
  await shell.presses("Enter", /to continue: bot-bottle resume/, LONG)
  expect(await shell.scrolled()).toContain("the agent is done")

  const after = await shell.screen()
  await shell.types(`clear; ${hintIn(after, /to review it: (bot-bottle diff \S+)/)}\r`, /answer\.txt/)
  await shell.types(`clear; ${hintIn(after, /to apply it: (bot-bottle apply \S+)/)}\r`, /\?/)
  await shell.types("y", "1 of 1 changes applied")
  const answers = readFileSync(join(home.project, "answer.txt"), "utf8")
  expect(answers).toContain("bot_bottle_denied")
  expect(answers).toContain("Not found: GET /left-pad")
}, 400_000)

/** The command, as the screen shows it. */
function hintIn(screen: string, pattern: RegExp): string {
  const [, hint] = pattern.exec(screen) ?? []
  if (hint === undefined) throw new Error(`No ${pattern} on the screen:\n${screen}`)
  return hint.trim()
}

async function openHome() {
  const folder = await openTempFolder()
  const standIn = await startStandIn({ hosts: ["api.anthropic.com", "pkgs.example.com"] })
  const project = join(folder.path, "your-project")
  mkdirSync(project)
  writeFileSync(join(project, "README.md"), "# Mine\n")
  const git = ["git", "-C", project, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
  await runProgram([...git, "init", "--quiet"])
  await runProgram([...git, "add", "."])
  await runProgram([...git, "commit", "--quiet", "--message", "first"])
  const registry = Object.entries(process.env).filter(([name]) =>
    /^(?:npm_config_|bun_config_|https?_proxy|no_proxy|ssl_|node_extra)/i.test(name),
  )
  const terminal = await openTerminal(["bash", "--norc", "--noprofile"], {
    columns: 80,
    rows: 24,
    cwd: folder.path,
    env: {
      ...(Object.fromEntries(registry) as Record<string, string>),
      HOME: folder.path,
      PATH: `${folder.path}/.local/bin:${SYSTEM_PATH}`,
      PS1: "$ ",
      LANG: "C.UTF-8",
    },
  })
  await terminal.untilScreen("$")
  const until = (wanted: string | RegExp, options = {}) => terminal.untilScreen(wanted, options)
  const types = async (text: string, wanted: string | RegExp, options = {}) => {
    await terminal.type(text)
    await until(wanted, options)
  }
  return {
    project,
    shell: {
      until,
      types,
      screen: () => terminal.screen(),
      scrolled: () => terminal.screen({ scrolled: true }),
      presses: async (key: string, wanted: string | RegExp, options = {}) => {
        await terminal.press(key)
        await until(wanted, options)
      },
      runs: (command: string, wanted: string | RegExp, options = {}) => types(`${command}\r`, wanted, options),
      /** Types a command that is on the screen. */
      runsHint: async (pattern: RegExp, wanted: string | RegExp, options = {}) =>
        types(`clear; ${hintIn(await terminal.screen(), pattern)}\r`, wanted, options),
    },
    /** A program in Claude Code's place, and the far ends on this machine. */
    replaceHarness() {
      const root = join(folder.path, ".bot-bottle")
      writeFileSync(join(root, "ca.pem"), standIn.caPem)
      const settings = join(root, "settings.yml")
      writeFileSync(
        settings,
        `${readFileSync(settings, "utf8")}\nresolve:\n  pkgs.example.com: ${standIn.address}\nupstream_ca: ${join(root, "ca.pem")}\n`,
      )
      writeFileSync(
        join(root, "bottles/dev.md"),
        `---\nagent_provider: { template: command, meters: [claude], argv: ${JSON.stringify(["/bin/sh", "-c", AGENT])} }\negress:\n  routes:\n    - host: registry.example.com\n---\n`,
      )
    },
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]()
      await standIn[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
