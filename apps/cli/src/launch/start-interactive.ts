// `start` in front of a person: pickers, preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer as NotedAnswer, StartFlags } from "@bot-bottle/contracts"
import { type Ask, type LaunchEnd, openLibrary, prepareStart, unlessStopped } from "@bot-bottle/control"
import { runBehind } from "../background/run-behind.ts"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { listenForStop } from "../stop-signals.ts"
import { askPerson } from "./ask-person.ts"
import { chooseInteractive } from "./choose-interactive.ts"
import { exitCodeOf, exitCodeOfUnlaunched } from "./finish-launch.ts"

const DECLINED: LaunchEnd = { outcome: "declined" }

export async function startInteractive(host: Host, flags: StartFlags): Promise<number> {
  const chosen = await choose(host, flags)
  if (chosen === undefined) return await exitCodeOf(DECLINED)
  const noted: NotedAnswer[] = []
  using stop = listenForStop()
  const { signal } = stop
  const ask = askPerson(host, { noted, isConfirmed: flags.yes === true, signal })
  try {
    return await launchBehind(host, chosen, { ask, noted, stop: signal })
  } catch (error) {
    return await exitCodeOfUnlaunched(error)
  }
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
  readonly stop: AbortSignal
}

/** Confirmed here, and then launched by a process that no terminal's end reaches; joined, unless it was detached. */
async function launchBehind(host: Host, flags: StartFlags, { ask, noted, stop }: Asking): Promise<number> {
  await using prepared = await unlessStopped(stop, prepareStart(controlHost(host), flags, ask))
  await unlessStopped(stop, prepared.check())
  const { facts, hashes } = prepared
  if ((await ask({ kind: "launch", facts, hashes })).outcome !== "yes") return await exitCodeOf(DECLINED)
  await prepared.install(stop)
  const order = {
    command: "start",
    cwd: host.env.cwd,
    flags,
    terminal: operatorTerminalSize(),
    answers: noted,
    confirmed: hashes,
  } as const
  return await runBehind(host, order, { isDetached: flags.detach === true, stop })
}
