// The screen's process as the dashboard sees it: started with the operator's terminal and a
// channel, told orders, listened to. Its messages are parsed; a screen that sends anything else is
// ended.

import { hostProgram, type ScreenIntent, type ScreenOrder, SEALED_FOLDER } from "@bot-bottle/contracts"
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
  let taken = Promise.resolve()
  const child = Bun.spawn([...hostProgram(process.execPath, "screen")], {
    cwd: SEALED_FOLDER,
    stdio: ["inherit", "inherit", "inherit"],
    env: { PATH: env.path, ...Object.fromEntries(passed) },
    serialization: "json",
    ipc(value) {
      taken = taken.then(async () => {
        const parsed = (await parser)(value)
        if (parsed.outcome === "parsed") onIntent(parsed.message)
        else child.kill("SIGKILL")
      })
    },
  })
  // Loaded while the screen starts: the first picture waits for the screen alone.
  const parser = loadParser()
  let isOver = false
  const exited = child.exited.then(async (exitCode) => {
    isOver = true
    // Its last message says whether the operator quit.
    await taken
    return exitCode
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

async function loadParser() {
  const { checkMessage } = await import("@bot-bottle/contracts/messages/shapes/parse-message")
  const { screenIntentSchema } = await import("@bot-bottle/contracts/messages/screen")
  return (value: unknown) => checkMessage(screenIntentSchema, value)
}
