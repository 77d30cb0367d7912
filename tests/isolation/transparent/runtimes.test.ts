// Programs that know of no proxy reach what is listed, and nothing else: security case 22's
// other side. Every runtime that the machine has, with its own resolver, TLS and trust store.

import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createBwrapBackend } from "@bot-bottle/bottle/testing"
import { route } from "@bot-bottle/proxy/testing"
import { openTempFolder, UNPRIVILEGED_ID } from "@bot-bottle/testkit"
import { describeIsolated } from "../require-isolation.ts"
import {
  ANSWER,
  type GuestProgram,
  HOST,
  openProxiedBottle,
  PLAIN_HOST,
  UNLISTED,
  WILD_HOST,
} from "./bottle-with-proxy.ts"
import { type Client, CORE, H2_ONLY, h2Call, isInstalled, OTHERS, STATIC_C } from "./clients.ts"
import { startH2Only } from "./h2-upstream.ts"

const RPC_HOST = "rpc.example.com"
const ALL = [...CORE, ...OTHERS]
// A run as root repeats these as nobody, who has never built anything.
const again = process.getuid?.() === UNPRIVILEGED_ID
const isTried = (client: Client) => CORE.includes(client) || (isInstalled(client) && !(again && client.isSlow))
const present = ALL.filter(isTried)
const left = [...ALL, STATIC_C, H2_ONLY].filter((client) => !isTried(client))
if (left.length > 0) process.stderr.write(`transparent: not tried here: ${left.map(({ name }) => name).join(", ")}\n`)

await describeIsolated("transparent", createBwrapBackend(), () => {
  test.each(present.map((client) => [client.name, client] as const))(
    "%s reaches a listed host, one under a wildcard and a listed port, and no other",
    async (_name, client) => {
      await using bottle = await openProxiedBottle()
      await using folder = await openTempFolder()
      const programs: GuestProgram[] = []
      for (const url of [
        `https://${HOST}/x`,
        `https://${WILD_HOST}/x`,
        `https://${HOST}:8443/x`,
        `https://${UNLISTED}/x`,
        `https://${PLAIN_HOST}/x`,
      ])
        programs.push(await client.program(url, folder.path))
      const said = await bottle.runAll(programs)
      const [listed, wildcard, port, unlisted, otherPort] = said.map((text) => isAnswered(client, text))
      expect({ listed, wildcard, port, unlisted, otherPort, said }).toEqual({
        listed: true,
        wildcard: true,
        port: true,
        unlisted: false,
        otherPort: false,
        said,
      })
      const refused = bottle.proxy.events().filter(({ kind }) => kind === "denied")
      expect(new Set(refused.map(({ host, port, reason }) => `${host}:${port} ${reason}`))).toEqual(
        new Set([
          `${UNLISTED}:53 host-not-allowed`,
          `${UNLISTED}:443 host-not-allowed`,
          `${PLAIN_HOST}:443 port-not-allowed`,
        ]),
      )
    },
    180_000,
  )

  if (isTried(STATIC_C))
    test("a static program on bare system calls reaches a listed host over plain HTTP", async () => {
      await using bottle = await openProxiedBottle()
      await using folder = await openTempFolder()
      const { stdout } = await bottle.run(await STATIC_C.program("", folder.path))
      expect(stdout).toStartWith("HTTP/1.1 200 OK\r\n")
      expect(stdout).toEndWith(ANSWER)
    })

  // gRPC is one: it agrees on no protocol, and leaves. Such a client needs a route with `inspect: false`.
  if (isTried(H2_ONLY))
    test("a client that speaks HTTP/2 only finds that it is not spoken", async () => {
      await using bottle = await openProxiedBottle()
      await using folder = await openTempFolder()
      const { stdout } = await bottle.run(await H2_ONLY.program("", folder.path))
      expect(stdout).toMatch(/(?:ERR_HTTP2_ERROR|NO_APPLICATION_PROTOCOL)\n$/)
    })

  if (isTried(H2_ONLY))
    test("a client that speaks HTTP/2 only works through a route with inspect: false, and reaches no other name there", async () => {
      await using far = await startH2Only(RPC_HOST)
      await using folder = await openTempFolder()
      const caFile = join(folder.path, "far-ca.pem")
      writeFileSync(caFile, far.caPem)
      await using bottle = await openProxiedBottle({
        extraRoutes: [route(RPC_HOST, { inspect: false })],
        resolve: { [RPC_HOST]: far.address, [UNLISTED]: far.address },
      })
      const passthrough = await bottle.run(h2Call(RPC_HOST, caFile))
      const unlisted = await bottle.run(h2Call(UNLISTED, caFile))
      expect({ stdout: passthrough.stdout, seen: far.seen, unlisted: unlisted.stdout.includes("h2 200") }).toEqual({
        stdout: "h2 200\npong\ngrpc-status 0\n",
        seen: ["POST /grpc.Service/Call ping"],
        unlisted: false,
      })
    })
})

/** git takes the answer for a repository without a branch, and has nothing to say of it. */
function isAnswered({ name }: Client, said: string): boolean {
  return name === "git" ? said === "" : said.includes(ANSWER)
}
