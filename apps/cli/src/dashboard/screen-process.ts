// The screen's process as the dashboard sees it: started with the operator's terminal and a
// channel, told orders, listened to. Its messages are parsed; a screen that sends anything else is
// ended.

import { hostProgram, type ScreenIntent, type ScreenOrder, SEALED_FOLDER } from "@bot-bottle/contracts"
import { checkMessage } from "@bot-bottle/contracts/messages/parse-message"
import { screenIntentSchema } from "@bot-bottle/contracts/messages/screen"
import type { Env } from "../env.ts"

export interface ScreenProcess {
  send(order: ScreenOrder): void
  kill(): void
  /** 128 + n when signal n ended it. */
  readonly exited: Promise<number>
}

/** The facts about its surroundings that a screen may know. */
const PASSED_ON = [
  "TERM",
  "COLORTERM",
  "TERM_PROGRAM",
  "TERM_PROGRAM_VERSION",
  "TMUX",
  "STY",
  "COLORFGBG",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TMPDIR",
  "TZ",
]

export function startScreen(env: Pick<Env, "path" | "find">, onIntent: (intent: ScreenIntent) => void): ScreenProcess {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env.find(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const child = Bun.spawn([...hostProgram(process.execPath, "screen")], {
    cwd: SEALED_FOLDER,
    stdio: ["inherit", "inherit", "inherit"],
    env: { PATH: env.path, ...Object.fromEntries(passed) },
    serialization: "json",
    ipc(value) {
      const parsed = checkMessage(screenIntentSchema, value)
      if (parsed.outcome === "parsed") onIntent(parsed.message)
      else child.kill("SIGKILL")
    },
  })
  let isOver = false
  const exited = child.exited.finally(() => {
    isOver = true
  })
  return {
    send(order) {
      if (isOver) return
      try {
        child.send(order)
      } catch {
        // It is ending; `exited` says so.
      }
    },
    kill: () => child.kill("SIGKILL"),
    exited,
  }
}
