// The launch of the launcher in the background, once it has its order: the checks of the foreground
// once more, in their order, then the run.

import { type BackgroundOrder, type Answer as NotedAnswer, OperatorProblem } from "@bot-bottle/contracts"
import { type Ask, type LaunchOptions, resume, start } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { exitCodeOf } from "../launch/finish-launch.ts"
import { listenForStop } from "../stop-signals.ts"

export async function launchInBackground(
  host: Host,
  order: BackgroundOrder,
  onRunning: (slug: string) => void,
): Promise<number> {
  using stop = listenForStop()
  const { flags, terminal, answers, confirmed } = order
  const control = controlHost(host, {
    isBackground: true,
    notesAreHeld: flags.headless !== true,
    onEvent: (event) => {
      if (event.kind === "agent-started") onRunning(event.slug)
    },
  })
  const options: LaunchOptions = {
    ask: askNoted(answers, confirmed),
    confirm: confirmed === undefined ? "given" : "ask",
    mode: flags.headless === true ? { kind: "background" } : { kind: "background", terminal },
    signal: stop.signal,
  }
  if (order.command === "resume") return await exitCodeOf(await resume(control, order.flags, options))
  return await exitCodeOf(await start(control, order.flags, options))
}

/** Answers in the order in which they were given, unless a manifest has changed meanwhile. */
function askNoted(answers: readonly NotedAnswer[], confirmed: BackgroundOrder["confirmed"]): Ask {
  const left = [...answers]
  return async (question) => {
    switch (question.kind) {
      case "bottle-value": {
        if (confirmed === undefined) return { outcome: "nobody" }
        const next = left.shift()
        if (next?.prompt === question.prompt) return { outcome: "text", text: next.text }
        throw hasChanged()
      }
      case "launch": {
        const { policyHash, manifestHash } = question.hashes
        if (policyHash !== confirmed?.policyHash || manifestHash !== confirmed.manifestHash) throw hasChanged()
        return { outcome: "yes" }
      }
    }
  }
}

function hasChanged(): OperatorProblem {
  return new OperatorProblem("a manifest changed while the question was open", {
    hint: "start again, and look once more",
  })
}
