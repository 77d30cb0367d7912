import { expect, test } from "bun:test"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EGRESS_FILES } from "@bot-bottle/contracts"
import { tellProxy } from "./control-socket.ts"

test("tellProxy: asks with the method each word needs and hands the status back", async () => {
  const { folder, asked, server } = controlled((request) =>
    Response.json({ slug: "a-00000", path: new URL(request.url).pathname }),
  )
  await using _ = server
  const results = [
    await tellProxy(folder, "status"),
    await tellProxy(folder, "cutoff"),
    await tellProxy(folder, "restore"),
  ]
  expect({ asked, outcomes: results.map(({ outcome }) => outcome) }).toEqual({
    asked: ["GET /status", "POST /cutoff", "POST /restore"],
    outcomes: ["answered", "answered", "answered"],
  })
})

test("tellProxy: an error answer and a missing socket are both silence", async () => {
  const { folder, server } = controlled(() => new Response("no", { status: 500 }))
  await using _ = server
  expect(await tellProxy(folder, "cutoff")).toEqual({ outcome: "silent", reason: "it answered 500" })
  expect((await tellProxy(join(folder, "none"), "cutoff")).outcome).toBe("silent")
})

test("tellProxy: a proxy that accepts and never answers is silent after a second", async () => {
  const { folder, server } = controlled(() => new Promise<Response>(() => {}))
  await using _ = server
  const startedMs = performance.now()
  const result = await tellProxy(folder, "cutoff")
  expect(result.outcome).toBe("silent")
  expect(performance.now() - startedMs).toBeWithin(900, 2_500)
})

function controlled(answer: (request: Request) => Response | Promise<Response>) {
  const folder = mkdtempSync(join(tmpdir(), "control-"))
  const asked: string[] = []
  const server = Bun.serve({
    unix: join(folder, EGRESS_FILES.control),
    fetch: (request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      return answer(request)
    },
  })
  return { folder, asked, server: { [Symbol.asyncDispose]: () => server.stop(true) } }
}
