// Hints can be pasted: every command of ours that an error, a closing line or the help names is one
// that the command line takes, with no placeholder in it.

import { expect, test } from "bun:test"
import { splitAtCommand } from "bot-bottle/src/terminal/wrap-command.ts"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

/** Each goes wrong, or ends with lines that name commands. */
const SAYING: readonly (readonly string[])[] = [
  ["lisst"],
  ["start"],
  ["start", "impl"],
  ["start", "--headless"],
  ["start", "nobody", "--headless", "--prompt", "x"],
  ["start", "impl", "--headless"],
  ["start", "impl", "--headless", "--prompt", "x"],
  ["start", "impl", "--headless", "--prompt", "x", "--budget", "1"],
  ["start", "impl", "--headless", "--prompt", "x", "--colour", "red"],
  ["start", "keyless", "--headless", "--prompt", "x"],
  ["resume", "nobody-00000", "--headless", "--prompt", "x"],
  ["resume", "@last"],
  ["logs"],
  ["logs", "nobody"],
  ["diff", "@last"],
  ["apply", "@last"],
  ["attach", "@last"],
  ["kill", "nobody"],
  ["exec", "@last"],
  ["forward", "@last", "3000"],
  ["allow", "nobody", "a.example.com"],
  ["allow", "dev", "b.example.com"],
  ["info", "nobody"],
  ["edit", "nobody"],
  ["budget"],
  ["budget", "set", "host", "claude", "lots"],
  ["budget", "reset"],
  ["usage", "--since", "yesterday"],
  ["login"],
  ["setup"],
  ["doctor"],
  ["cleanup"],
  ["supervise", "approve", "99"],
  ["why", "nobody"],
  ["licenses"],
  ["start", "impl", "--dry-run"],
  ["start", "impl", "--json"],
  ["start", "keyless", "--dry-run"],
  ["start", "impl", "--empty", "--cwd"],
  ["start", "impl", "--detach"],
  ["start", "impl", "--enqueue", "--headless", "--prompt", "x"],
  ["claude"],
  ["budget", "set", "host", "claude", "unlimited"],
  ["budget", "set", "host", "claude", "+1"],
  ["budget", "set", "host", "claude", "$20"],
  ["budget", "set", "host", "claude", "0"],
  ["budget", "set", "bottle:nope", "claude", "1M"],
  ["budget", "set", "run:nobody", "claude", "1M"],
  ["budget", "unset", "host", "codex"],
  ["usage", "--by", "nothing"],
  ["logs", "@last", "--by", "host"],
  ["logs", "@last", "--raw", "--egress"],
  ["logs", "@last", "--follow", "--egress", "--tail", "3"],
  ["policy", "check", "https://a.example.com/"],
  ["policy", "propose", "@last"],
  ["policy", "test", "dev"],
  ["wait", "nobody"],
  ["restore", "nobody"],
  ["reload", "@last"],
  ["freeze", "@last"],
  ["cutoff", "@last"],
  ["deny", "dev", "a.example.com"],
  ["deny", "dev", "b.example.com"],
  ["new", "agent", "impl"],
  ["new", "bottle", "x y"],
  ["init"],
  ["login", "--list"],
  ["login", "claude"],
  ["logout", "codex"],
  ["supervise"],
  ["worker", "--once"],
  ["worker", "--jobs"],
  ["orchestrate", "status"],
  ["orchestrate", "serve"],
  ["orchestrate", "start", "--issue", "1"],
  ["why-commit", "HEAD"],
  ["doctor", "--forge"],
  ["cleanup", "--older-than", "x"],
  ["completions", "tcsh"],
  ["audit", "--verify"],
  ["dashboard"],
  ["demo", "--nothing"],
]

test("every command that a message names is one to paste", async () => {
  await using host = await openHost()
  const hints = new Map<string, string>()
  for (const args of SAYING) {
    const { stdout, stderr } = await host.run(...args)
    for (const hint of hintsIn(`${stdout}\n${stderr}`)) hints.set(hint, args.join(" "))
  }
  for (const name of ["start", "resume", "budget", "logs"]) {
    for (const hint of hintsIn((await host.run(name, "--help")).stdout)) hints.set(hint, `${name} --help`)
  }
  expect(hints.size).toBeGreaterThan(15)
  const wrong: string[] = []
  for (const [hint, from] of hints) {
    if (/[<>…]/.test(hint.replaceAll("'…'", ""))) wrong.push(`${from}: a placeholder in: ${hint}`)
    else if (await isBadUsage(host, hint)) wrong.push(`${from}: not a command: ${hint}`)
  }
  expect(wrong).toEqual([])
}, 400_000)

/** In quotes within prose, and after a colon or alone on a line. */
function hintsIn(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("Usage: "))
  return lines.flatMap((line) => {
    const quoted = [...line.matchAll(/'(bot-bottle [^']+)'/g)].map(([, hint = ""]) => hint)
    const bare = splitAtCommand(line.replace(/^bot-bottle: (?:error|hint): /, "").trim())?.command.trim()
    return [...quoted, ...(bare === undefined || quoted.length > 0 ? [] : [bare])]
  })
}

/** Runs until it is interrupted: its help has to do. */
const ENDLESS = /^bot-bottle (?:list --watch|events|dashboard|wait)(?: |$)/

/** A wrong flag, a wrong command or a missing argument; a question without a terminal is neither. */
async function isBadUsage(host: CliHost, hint: string): Promise<boolean> {
  for (const part of hint.split(" && ")) {
    const words = [...part.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = ""]) => quoted ?? bare)
    if (words[0] !== "bot-bottle") continue
    const { exitCode, stderr } = await host.run(...words.slice(1), ...(ENDLESS.test(part) ? ["--help"] : []))
    if (exitCode === 2 && !/terminal/.test(stderr)) return true
  }
  return false
}

async function openHost(): Promise<CliHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("bottles/codex.md", "---\nagent_provider: { template: codex }\n---\n")
  await host.write("agents/impl.md", agentIn("dev"))
  await host.write("agents/keyless.md", agentIn("codex"))
  return host
}
