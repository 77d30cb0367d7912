// `start` in front of a person: pickers, preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer as NotedAnswer, ProcessIdentity, StartFlags } from "@bot-bottle/contracts"
import {
  claimLabel,
  Declined,
  type LaunchEnd,
  loadOwnIdentity,
  openHostLedger,
  openLibrary,
  prepareStart,
  start,
} from "@bot-bottle/control"
import { type BackgroundLauncher, spawnBackgroundLauncher } from "../background/background-launcher.ts"
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
  await using background = flags.detach === true && !dryRun ? spawnBackgroundLauncher() : undefined
  const chosen = await choose(host, flags, background?.identity ?? loadOwnIdentity())
  if (chosen === undefined) return await exitCodeOf(DECLINED)
  try {
    if (dryRun) return await showStart(host, chosen, askPerson([]))
    if (background !== undefined) return await startBehind(host, chosen, background)
  } catch (error) {
    if (error instanceof Declined) return await exitCodeOf(DECLINED)
    throw error
  }
  using stop = listenForStop()
  const launched = await start(controlHost(host, { holdsLines: true }), chosen, {
    ask: askPerson([]),
    confirm: "ask",
    mode: { kind: "terminal" },
    signal: stop.signal,
    isLabelHeld: true,
  })
  return await exitCodeOf(launched)
}

/** The flags as completed by the person. Their label is claimed for `launcher`. Undefined when they left. */
async function choose(host: Host, flags: StartFlags, launcher: ProcessIdentity): Promise<StartFlags | undefined> {
  const quiet = { ...controlHost(host), notify: () => {} }
  await using ledger = await openHostLedger(host)
  const takes = async (label: string) => (await claimLabel(ledger, label, launcher)) !== "taken"
  const { paint } = host.screen
  const chosen = await chooseInteractive({ library: await openLibrary(quiet), flags, takes, paint })
  return chosen === undefined ? undefined : { ...flags, agent: chosen.agent, bottle: chosen.bottles, ...chosen.name }
}

/** Confirmed here, and then launched by a process that no terminal's end reaches. */
async function startBehind(host: Host, flags: StartFlags, background: BackgroundLauncher): Promise<number> {
  const answers: NotedAnswer[] = []
  const ask = askPerson(answers)
  await using prepared = await prepareStart(controlHost(host), flags, ask)
  await prepared.check()
  const { facts, hashes } = prepared
  if ((await ask({ kind: "launch", facts, hashes })).outcome !== "yes") return await exitCodeOf(DECLINED)
  await prepared.install()
  return await background.launch(host, {
    command: "start",
    cwd: host.env.cwd,
    flags,
    terminal: operatorTerminalSize(),
    answers,
    confirmed: hashes,
  })
}
