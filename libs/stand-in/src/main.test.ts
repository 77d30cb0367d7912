import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram, startProgram } from "@bot-bottle/testkit"

const MAIN = join(import.meta.dir, "main.ts")

test("main serves the replies it was given, logs both records and leaves with its leash", async () => {
  await using folder = await openTempFolder()
  const replies = join(folder.path, "replies.json")
  await Bun.write(replies, '[{"text":"Hello","usage":{"inputTokens":5,"outputTokens":61}}]')
  await using standIn = startProgram([process.execPath, MAIN, "--replies", replies, "--log", "--leash"])

  const [line] = await standIn.untilStdout(/.*"ready".*\n/)
  const { address, ca_file: caFile } = JSON.parse(line)
  const body = JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] })
  const ca = await Bun.file(caFile).text()
  const response = await fetch(`https://${address}/v1/messages`, { method: "POST", body, tls: { ca } })
  expect(await response.json()).toMatchObject({ id: "msg_standin000001", content: [{ type: "text", text: "Hello" }] })

  standIn.closeStdin()
  const { exitCode, stdout, stderr } = await standIn.result
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text))
  const usage = { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 61, reasoningTokens: 0 }
  expect({ exitCode, stderr, lines: lines.slice(1) }).toEqual({
    exitCode: 0,
    stderr: "",
    lines: [
      expect.objectContaining({ kind: "received", method: "POST", path: "/v1/messages", body }),
      { kind: "billed", id: "msg_standin000001", usage },
    ],
  })
  expect(await Bun.file(caFile).exists()).toBe(false)
})

// biome-ignore format: a table
test.each([
  [["--port", "70000"],             "stand-in: error: No port: 70000"],
  [["--replies", "/nowhere.json"],  "stand-in: error: ENOENT"],
  [["--frobnicate"],                "stand-in: error: Unknown option '--frobnicate'"],
])("main refuses %p", async (args, message) => {
  const { exitCode, stderr } = await runProgram([process.execPath, MAIN, ...args])
  expect({ exitCode, message: stderr.slice(0, message.length) }).toEqual({ exitCode: 2, message })
})
