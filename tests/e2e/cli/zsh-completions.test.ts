// TAB in a real zsh, through an installed link: the script as zsh reads it, and the names as the
// program gives them.

import { expect, test } from "bun:test"
import { existsSync, symlinkSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join, resolve } from "node:path"
import { openTerminal } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "./cli-host.ts"

const LAUNCHER = resolve(import.meta.dir, "../../../apps/cli/bin/bot-bottle")
const ZSH = "/usr/bin/zsh"

// biome-ignore format: a table
const TYPED = [
  // typed                                   the line after TAB, or what is offered
  ["bot-bottle bud",                         /% bot-bottle budget/],
  ["bot-bottle budget set a",                /% bot-bottle budget set agent:impl/],
  ["bot-bottle budget set host c",           /claude +codex/],
  ["bot-bottle start impl --bottle ",        /--bottle dev/],
  ["bot-bottle start impl --shutdown=f",     /--shutdown=freeze/],
  ["bot-bottle new ",                        /agent +bottle/],
] as const

const title = `zsh completes commands, names, second arguments and values of flags${existsSync(ZSH) ? "" : " (not tried: no zsh)"}`
test.skipIf(!existsSync(ZSH))(
  title,
  async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", scriptBottle(""))
    await host.write("agents/impl.md", agentIn("dev"))
    const bin = join(host.cwd, "bin")
    await mkdir(bin)
    symlinkSync(LAUNCHER, join(bin, "bot-bottle"))
    const env = { ...host.env, PATH: `${bin}:${Bun.env["PATH"]}`, PS1: "%% " }
    await using shell = await openTerminal([ZSH, "-f"], { cwd: host.cwd, env, columns: 100 })
    await shell.untilScreen(/%/)
    await shell.type("autoload -Uz compinit && compinit -D -u; source <(bot-bottle completions zsh); echo re''ady")
    await shell.press("Enter")
    await shell.untilScreen(/^ready/m)
    for (const [typed, expected] of TYPED) {
      await shell.press("C-l")
      await shell.type(typed)
      await shell.press("Tab")
      await shell.untilScreen(expected)
      await shell.press("C-u")
    }
    expect(await shell.screen()).not.toContain("error")
  },
  60_000,
)
