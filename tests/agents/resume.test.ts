// The real Claude Code, stopped by its budget or by an operator, continues with its own
// conversation; and a home it could have filled with traps is written into safely.

import { expect, test } from "bun:test"
import { existsSync, lstatSync, readdirSync, readFileSync, renameSync } from "node:fs"
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { openTempFolder, readJson, waitFor } from "@bot-bottle/testkit"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com"] as const
const TIMEOUT_MS = INSTALL_MS + 60_000
const USAGE = { inputTokens: 20_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 25, reasoningTokens: 0 }
const START = ["start", "implementer", "--headless", "--prompt", "the word is tangerine"] as const

test(
  "freeze on a spent budget, raise, resume: Claude Code continues with its own conversation",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply: toolFirst })
    const frozen = await host.run(...START, "--budget", "30k", "--shutdown", "freeze")
    const slug = await slugOf(host)
    expect(frozen.exitCode).toBe(1)
    expect(frozen.stderr).toContain("bot-bottle: frozen by its budget")
    // The amount that the hint names is enough for what was refused.
    const hint = new RegExp(`bot-bottle budget set run:${slug} claude (\\d+k) && bot-bottle resume ${slug}`)
    const [, amount = ""] = hint.exec(frozen.stderr) ?? []
    expect(amount).not.toBe("")
    expect(host.standIn.bill.length).toBe(1)
    const received = host.standIn.received.length

    const refused = await host.run("resume", slug, "--headless", "--prompt", "which word?")
    expect([refused.exitCode, host.standIn.received.length]).toEqual([1, received])
    expect(refused.stderr).toContain("error: no budget left for another request")

    await host.run("budget", "set", `run:${slug}`, "claude", amount)
    const resumed = await host.run("resume", slug, "--headless", "--prompt", "which word?")
    expect({ exitCode: resumed.exitCode, stdout: resumed.stdout }).toEqual({ exitCode: 0, stdout: "answer 2\n" })
    const said = messagesOf(host.standIn.bill.at(-1)?.request)
    const order = ["the word is tangerine", "echo pineapple", "pineapple was written", "which word?"]
    expect(order.map((words) => said.indexOf(words)).every((at, index, all) => at > (all[index - 1] ?? -1))).toBe(true)
    expect(readFileSync(join(host.root, "state", slug, "workspace/kept.txt"), "utf8")).toBe("pineapple\n")

    const { rows } = (await host.json("usage")) as { rows: { run: string; requests: number }[] }
    expect(rows.map(({ run, requests }) => [run, requests])).toEqual([[slug, host.standIn.bill.length]])
  },
  TIMEOUT_MS,
)

test(
  "freeze during an open stream: the upstream is hung up on, usage is recorded, the conversation continues",
  async () => {
    const held = Promise.withResolvers<void>()
    const streaming = Promise.withResolvers<void>()
    const reply = (_request: unknown, index: number): StandInReply =>
      index > 0
        ? { text: `answer ${index}`, usage: USAGE }
        : {
            text: "one two three four five six seven eight nine ten",
            usage: USAGE,
            beforeEvent: (event) => {
              if (event < 4) return undefined
              streaming.resolve()
              return held.promise
            },
          }
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply })
    const running = host.run(...START)
    await streaming.promise
    const slug = await slugOf(host)
    const freeze = await host.run("freeze", slug)
    expect([freeze.exitCode, freeze.stdout]).toEqual([0, `${slug}: frozen; to continue: bot-bottle resume ${slug}\n`])
    expect((await running).exitCode).toBe(1)
    held.resolve()
    await waitFor("the upstream to be hung up on", () => host.standIn.abandoned === 1)
    expect(((await host.json("usage")) as { totals: object }).totals).toMatchObject({
      requests: 1,
      estimated_requests: 1,
      input_tokens: USAGE.inputTokens,
    })

    const resumed = await host.run("resume", slug, "--headless", "--prompt", "which word?")
    expect({ exitCode: resumed.exitCode, stdout: resumed.stdout }).toEqual({ exitCode: 0, stdout: "answer 1\n" })
    const said = messagesOf(host.standIn.bill.at(-1)?.request)
    expect([said.includes("the word is tangerine"), said.includes("which word?")]).toEqual([true, true])
  },
  TIMEOUT_MS,
)

test(
  "INV-150: links planted at ~/.claude.json and ~/.claude lead nowhere: nothing outside is read or written",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS })
    expect((await host.run(...START)).exitCode).toBe(0)
    const slug = await slugOf(host)
    await using outside = await openTempFolder()
    await writeFile(join(outside.path, "secret.json"), '{"secret": true}')
    await mkdir(join(outside.path, "folder"))
    const home = join(host.root, "state", slug, "home")
    renameSync(join(home, ".claude"), join(home, "mine"))
    renameSync(join(home, ".claude.json"), join(home, "mine.json"))
    await symlink(join(outside.path, "folder"), join(home, ".claude"))
    await symlink(join(outside.path, "secret.json"), join(home, ".claude.json"))

    const resumed = await host.run("resume", slug, "--headless", "--prompt", "go on")
    expect(resumed.exitCode).toBe(0)
    expect(resumed.stderr).toMatch(/something of the agent's stood in the way and is now ~\/\.claude\.set-aside-\w+/)
    expect(resumed.stderr).toContain("the agent had not begun a conversation; this is its first")
    expect(readdirSync(join(outside.path, "folder"))).toEqual([])
    expect(readFileSync(join(outside.path, "secret.json"), "utf8")).toBe('{"secret": true}')
    expect(existsSync(join(outside.path, "folder/settings.json"))).toBe(false)
    expect([".claude", ".claude.json"].map((name) => lstatSync(join(home, name)).isSymbolicLink())).toEqual([
      false,
      false,
    ])
    expect(readFileSync(join(home, ".claude.json"), "utf8")).not.toContain("secret")
  },
  TIMEOUT_MS,
)

/** One tool call, then answers with their number. */
function toolFirst(_request: unknown, index: number): StandInReply {
  if (index > 0) return { text: `answer ${index + 1}`, usage: USAGE }
  const command = "echo pineapple > kept.txt && echo pineapple was written"
  return { text: "", usage: USAGE, toolUse: { name: "Bash", input: { command, description: "Write" } } }
}

function messagesOf(request: ReceivedRequest | undefined): string {
  return JSON.stringify(readJson(request?.body ?? "{}", { messages: "list?" }).messages ?? [])
}

async function slugOf(host: AgentHost): Promise<string> {
  const [run] = (await host.json("list", "--all")) as { slug: string }[]
  return run?.slug ?? ""
}
