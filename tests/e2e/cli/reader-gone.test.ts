// A reader that leaves early, as `head` does, is not an error of ours.

import { expect, test } from "bun:test"
import { runProgram } from "@bot-bottle/testkit"
import { CLI, openCliHost } from "./cli-host.ts"

test.each([["--help"], ["completions bash"], ["list --all --json"], ["demo"]])(
  "%s | true ends without a word, with its own exit code or SIGPIPE's",
  async (words) => {
    await using host = await openCliHost()
    const script = `${CLI[0]} ${words} | true; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script], { cwd: host.cwd, env: host.env })
    expect(stderr).toBe("")
    expect(["0\n", "141\n"]).toContain(stdout)
  },
  60_000,
)
