// A service for the test of `serveLauncher`: it says on its stderr what was asked of it.

import { OperatorProblem } from "@bot-bottle/contracts"
import { serveLauncher } from "../serve-launcher.ts"

const note = (word: string) => void process.stderr.write(`${word}\n`)

/** Far more than a pipe holds. */
const LONG = 8_000_000

await serveLauncher<string, { readonly kind: string }>({
  title: "the sample",
  maxConfigLength: 100,
  parse: (line) =>
    line.startsWith("{")
      ? { outcome: "parsed", message: line }
      : { outcome: "invalid", reason: "not-json", problem: "it is not JSON" },
  async open(config, { report, reportFailure }) {
    if (config === "{throws}") throw new OperatorProblem("the port is taken", { hint: "choose another" })
    report({ kind: "opened" })
    reportFailure(new TypeError("a detail"))
    return {
      orphan: () => note("orphaned"),
      close: async () => {
        if (config.startsWith("{long")) report({ kind: "x".repeat(LONG) })
        // As settling does: an error of the report's stream comes meanwhile.
        await new Promise((done) => setImmediate(done))
        note("closed")
        if (config.includes("breaks}")) throw new Error("it cannot be written")
      },
    }
  },
  onReady: () => note("on ready"),
})
