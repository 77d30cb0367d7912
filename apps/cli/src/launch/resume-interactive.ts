// `resume` in front of a person: preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer as NotedAnswer, ResumeFlags } from "@bot-bottle/contracts"
import { Declined, prepareResume, unlessStopped } from "@bot-bottle/control"
import { runBehind } from "../background/run-behind.ts"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { listenForStop } from "../stop-signals.ts"
import { askPerson } from "./ask-person.ts"
import { exitCodeOfUnlaunched } from "./finish-launch.ts"

/** Confirmed here, and then launched by a process that no terminal's end reaches; joined, unless it was detached. */
export async function resumeInteractive(host: Host, flags: ResumeFlags): Promise<number> {
  const answers: NotedAnswer[] = []
  using stop = listenForStop()
  const ask = askPerson(host, { noted: answers, isConfirmed: flags.yes === true, signal: stop.signal })
  try {
    await using prepared = await unlessStopped(stop.signal, prepareResume(controlHost(host), flags, ask))
    await unlessStopped(stop.signal, prepared.check())
    const { facts, hashes } = prepared
    if ((await ask({ kind: "launch", facts, hashes })).outcome !== "yes") throw new Declined()
    await prepared.install(stop.signal)
    const order = {
      command: "resume",
      cwd: host.env.cwd,
      flags,
      terminal: operatorTerminalSize(),
      answers,
      confirmed: hashes,
    } as const
    return await runBehind(host, order, { isDetached: flags.detach === true, stop: stop.signal })
  } catch (error) {
    return await exitCodeOfUnlaunched(error)
  }
}
