// A bottle's own server under all its names, by clients that send everything to the proxy: joined
// inside, and nothing of it is asked of the host.

import { expect, test } from "bun:test"
import { GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "../require-isolation.ts"
import { HOST, openProxiedBottle, UNLISTED } from "./bottle-with-proxy.ts"

const NAMES = ["localhost", "x.localhost", "bottle", "127.0.0.1", "127.9.8.7", "127.1", "0.0.0.0", "0", "[::1]", "[::]"]

const SCRIPT = `
  const own = [["0.0.0.0", 8099], ["::1", 8098]].map(([hostname, port]) =>
    Bun.serve({ hostname, port, fetch: (request) => new Response("own " + new URL(request.url).pathname) }))
  const proxy = "http://127.0.0.1:${GUEST.proxyPort}"
  const ask = (url) => fetch(url, { proxy }).then(async (answer) => answer.status + " " + (await answer.text()).trim(), String)
  const said = {}
  for (const name of ${JSON.stringify(NAMES)})
    said[name] = await ask("http://" + name + ":" + (name.startsWith("[") ? 8098 : 8099) + "/x")
  said.none = await ask("http://localhost:8097/")
  said.unlisted = await ask("http://${UNLISTED}/")
  said.listed = await fetch("https://${HOST}/x").then((answer) => answer.text(), String)
  console.log(JSON.stringify(said))
  process.exit(0)
`

await describeIsolated("own loopback", createBwrapBackend(), () => {
  test("every name of the bottle's own reaches its own server through the proxy variables' way, and no other does", async () => {
    await using bottle = await openProxiedBottle()
    const { stdout, stderr } = await bottle.run({ argv: [`${GUEST.runtime}/bun`, "-e", SCRIPT] })
    const { none, unlisted, listed, ...own } = JSON.parse(stdout || JSON.stringify({ stderr }))
    expect(own).toEqual(Object.fromEntries(NAMES.map((name) => [name, "200 own /x"])))
    expect(none).toMatch(/^502 .*Nothing in this bottle listens on port 8097/)
    expect(unlisted).toStartWith("403 ")
    expect(listed).toBe("hello from far away")
    const asked = bottle.proxy.events().map(({ host }) => host)
    expect(asked.filter((host) => host !== HOST && host !== UNLISTED)).toEqual([])
  })
})
