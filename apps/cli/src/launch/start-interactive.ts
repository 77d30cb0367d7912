// `start` in front of a person: pickers, preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer as NotedAnswer, StartFlags } from "@bot-bottle/contracts"
import { type Ask, Declined, type LaunchEnd, openLibrary, prepareStart, start } from "@bot-bottle/control"
import { spawnBackgroundLauncher } from "../background/background-launcher.ts"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { listenForStop } from "../stop-signals.ts"
import { askPerson } from "./ask-person.ts"
import { chooseInteractive } from "./choose-interactive.ts"
import { exitCodeOf } from "./finish-launch.ts"
import { showStart } from "./show-launch.ts"

const DECLINED: LaunchEnd = { outcome: "declined" }

export async function startInteractive(
  host: Host,
  flags: StartFlags,
  { dryRun }: { readonly dryRun: boolean },
): Promise<number> {
  const chosen = await choose(host, flags)
  if (chosen === undefined) return await exitCodeOf(DECLINED)
  const noted: NotedAnswer[] = []
  using stop = listenForStop()
  const { signal } = stop
  const ask = askPerson(host, { noted, isConfirmed: flags.yes === true, signal })
  try {
    if (dryRun) return await showStart(host, chosen, ask)
    if (flags.detach === true) return await startBehind(host, chosen, { ask, noted })
  } catch (error) {
    if (error instanceof Declined) return await exitCodeOf(DECLINED)
    throw error
  }
  const launched = await start(controlHost(host, { holdsLines: true }), chosen, {
    ask,
    confirm: "ask",
    mode: { kind: "terminal" },
    signal,
  })
  return await exitCodeOf(launched)
}

/** The flags as completed by the person. Undefined when they left. */
async function choose(host: Host, flags: StartFlags): Promise<StartFlags | undefined> {
  const quiet = { ...controlHost(host), notify: () => {} }
  const chosen = await chooseInteractive({ library: await openLibrary(quiet), flags, paint: host.screen.paint })
  return chosen === undefined ? undefined : { ...flags, agent: chosen.agent, bottle: chosen.bottles }
}

interface Asking {
  readonly ask: Ask
  readonly noted: NotedAnswer[]
}

/** Confirmed here, and then launched by a process that no terminal's end reaches. */
async function startBehind(host: Host, flags: StartFlags, { ask, noted }: Asking): Promise<number> {
  await using prepared = await prepareStart(controlHost(host), flags, ask)
  await prepared.check()
  const { facts, hashes } = prepared
  if ((await ask({ kind: "launch", facts, hashes })).outcome !== "yes") return await exitCodeOf(DECLINED)
  await prepared.install()
  await using background = spawnBackgroundLauncher()
  return await background.launch(host, {
    command: "start",
    cwd: host.env.cwd,
    flags,
    terminal: operatorTerminalSize(),
    answers: noted,
    confirmed: hashes,
  })
}
