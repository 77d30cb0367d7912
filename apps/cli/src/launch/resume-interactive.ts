// `resume` in front of a person: preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer as NotedAnswer, ResumeFlags } from "@bot-bottle/contracts"
import { Declined, prepareResume, resume } from "@bot-bottle/control"
import { spawnBackgroundLauncher } from "../background/background-launcher.ts"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { listenForStop } from "../stop-signals.ts"
import { askPerson } from "./ask-person.ts"
import { exitCodeOf } from "./finish-launch.ts"

export async function resumeInteractive(host: Host, flags: ResumeFlags): Promise<number> {
  if (flags.detach === true) return await resumeBehind(host, flags)
  using stop = listenForStop()
  const launched = await resume(controlHost(host, { holdsLines: true }), flags, {
    ask: askPerson(host, { noted: [], isConfirmed: flags.yes === true, signal: stop.signal }),
    confirm: "ask",
    mode: { kind: "terminal" },
    signal: stop.signal,
  })
  return await exitCodeOf(launched)
}

/** Confirmed here, and then launched by a process that no terminal's end reaches. */
async function resumeBehind(host: Host, flags: ResumeFlags): Promise<number> {
  const answers: NotedAnswer[] = []
  using stop = listenForStop()
  const ask = askPerson(host, { noted: answers, isConfirmed: flags.yes === true, signal: stop.signal })
  try {
    await using prepared = await prepareResume(controlHost(host), flags, ask)
    await prepared.check()
    const { facts, hashes } = prepared
    if ((await ask({ kind: "launch", facts, hashes })).outcome !== "yes") throw new Declined()
    await prepared.install()
    await using background = spawnBackgroundLauncher()
    return await background.launch(host, {
      command: "resume",
      cwd: host.env.cwd,
      flags,
      terminal: operatorTerminalSize(),
      answers,
      confirmed: hashes,
    })
  } catch (error) {
    if (error instanceof Declined) return await exitCodeOf({ outcome: "declined" })
    throw error
  }
}
