import { expect, test } from "bun:test"
import { chmodSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { NotifyTarget } from "@bot-bottle/manifest"
import { openTempFolder } from "@bot-bottle/testkit"
import { deliverQuestion } from "./deliver-question.ts"

/** No machine is so busy. */
const LONG_MS = 60_000
const NEVER = new AbortController().signal
const BODY = '{"v":1,"why":"$(touch /tmp/never) `x` \\u001b"}\n'

test("a program gets the question on stdin, bit for bit, and none of the operator's credentials", async () => {
  await using setting = await openSetting('cat > got.json; env > env.txt; echo "$0 $@" > argv.txt')
  expect(await setting.deliver({ kind: "command", argv: [setting.script, "a question"] })).toEqual({
    outcome: "delivered",
  })
  const read = (name: string) => readFileSync(join(setting.folder, name), "utf8")
  expect(read("got.json")).toBe(BODY)
  expect(read("argv.txt")).toBe(`${setting.script} a question\n`)
  expect(read("env.txt")).toContain("HOME=/home/ana")
  expect(read("env.txt")).not.toContain("sk-secret")
})

// biome-ignore format: a table
test.each([
  // script                                            its time  problem
  ["exit 3",                                           LONG_MS,  /ask.sh' ended with exit code 3$/],
  ["echo no display >&2; exit 1",                      LONG_MS,  /ended with exit code 1: no display$/],
  ["head -c 2000000 /dev/zero | tr '\\0' x >&2; exit 1", LONG_MS, /ended with exit code 1: x{300}$/],
  ["exec 0<&-; exit 1",                                LONG_MS,  /ended with exit code 1$/],
  ["exec sleep 600",                                   400,      /took longer than 400 ms$/],
] as const)("a program that runs %j is told of, and waited for no longer than its time", async (script, timeoutMs, problem) => {
  await using setting = await openSetting(script)
  const delivery = await setting.deliver({ kind: "command", argv: [setting.script] }, NEVER, timeoutMs)
  expect(delivery).toEqual({ outcome: "failed", problem: expect.stringMatching(problem) })
})

test("a program that has ended is not waited for by way of one that it left behind", async () => {
  await using setting = await openSetting('sleep 600 & echo $! >"$0.pid"; exit 1')
  const delivery = await setting.deliver({ kind: "command", argv: [setting.script] })
  expect(delivery).toEqual({ outcome: "failed", problem: expect.stringMatching(/ended with exit code 1$/) })
  // It holds the program's stderr still.
  expect(process.kill(Number(readFileSync(`${setting.script}.pid`, "utf8")), "SIGKILL")).toBe(true)
})

test("a program that is not there is named", async () => {
  await using setting = await openSetting("")
  expect(await setting.deliver({ kind: "command", argv: ["no-such-program"] })).toEqual({
    outcome: "failed",
    problem: "there is no program 'no-such-program'",
  })
})

test("a web address gets the question as JSON, and its secret path is never told", async () => {
  await using setting = await openSetting("")
  const seen: unknown[] = []
  let answer = (): Response | Promise<Response> => new Response("ok")
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      seen.push([
        request.method,
        new URL(request.url).pathname,
        request.headers.get("content-type"),
        await request.text(),
      ])
      return answer()
    },
  })
  const target = { kind: "webhook", url: `http://127.0.0.1:${server.port}/T0-secret` } as const
  expect(await setting.deliver(target)).toEqual({ outcome: "delivered" })
  expect(seen).toEqual([["POST", "/T0-secret", "application/json", BODY]])

  const host = `127.0.0.1:${server.port}`
  answer = () => new Response("no", { status: 500 })
  expect(await setting.deliver(target)).toEqual({ outcome: "failed", problem: `${host} answered 500` })
  answer = () => Response.redirect(`http://127.0.0.1:${server.port}/elsewhere`)
  expect(await setting.deliver(target)).toEqual({ outcome: "failed", problem: `${host} answered 302` })
  answer = () => new Promise(() => {})
  const late = await setting.deliver(target, NEVER, 400)
  expect(late).toEqual({ outcome: "failed", problem: `${host} did not answer within 400 ms` })
  expect(seen.map((each) => (each as string[])[1])).toEqual(Array(4).fill("/T0-secret"))
  await server.stop(true)
  expect(await setting.deliver(target)).toEqual({ outcome: "failed", problem: `${host} cannot be reached` })
})

test("the end of the run ends a delivery", async () => {
  await using setting = await openSetting("exec sleep 600")
  const over = new AbortController()
  const delivery = setting.deliver({ kind: "command", argv: [setting.script] }, over.signal)
  over.abort()
  expect(await delivery).toEqual({ outcome: "failed", problem: "the run has ended" })
})

async function openSetting(body: string) {
  const folder = await openTempFolder()
  const script = join(folder.path, "ask.sh")
  await Bun.write(script, `#!/bin/sh\n${body}\n`)
  chmodSync(script, 0o755)
  const variables: Readonly<Record<string, string>> = { HOME: "/home/ana", ANTHROPIC_API_KEY: "sk-secret" }
  const env = { root: folder.path, path: "/usr/bin:/bin", find: (name: string) => variables[name] }
  return {
    folder: folder.path,
    script,
    deliver: (target: NotifyTarget, signal: AbortSignal = NEVER, timeoutMs = LONG_MS) =>
      deliverQuestion(target, BODY, { env, timeoutMs, signal }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
