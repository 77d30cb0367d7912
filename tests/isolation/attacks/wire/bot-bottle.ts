// Our own proxy as the one under attack: a process of its own, as a launcher starts it.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type ProcessIdentity, Secret } from "@bot-bottle/contracts"
import { createRunFolders, route, SLUG, startProxyProcess, testConfig } from "@bot-bottle/proxy/testing"
import type { Assignment, Way } from "./attack.ts"
import { ADDRESSES } from "./upstreams.ts"

/** The operator's word for these: the checks of inner addresses run on the others. */
const INWARDS = /^(?:loopback|mapped|sixth)\.test$/

export async function startBotBottle(assignment: Assignment): Promise<Way> {
  const folders = await createRunFolders()
  const config = testConfig(folders.paths, {
    upstreamCa: assignment.upstreamCa,
    routes: [route("listed.test", { scheme: "http" }), ...assignment.listed.map((host) => routeTo(host, assignment))],
    resolve: Object.fromEntries(
      Object.entries(ADDRESSES).flatMap(([name, address]) =>
        INWARDS.test(name) ? [] : [[name, name === "listed.test" ? address : `${address}:443`]],
      ),
    ),
  })
  const proxy = startProxyProcess(config)
  const first = await proxy.first
  if (first.kind !== "ready") throw new Error(`The proxy did not start: ${JSON.stringify(first)}`)
  await folders.ledger.attachProxy(SLUG, `${proxy.pid}:0:test` as ProcessIdentity)
  return {
    name: "bot-bottle",
    pid: proxy.pid,
    front: proxy.frontPath,
    ca: readFileSync(join(folders.paths.guestShare, "ca.pem"), "utf8"),
    offers: new Set(["inspection", "rules", "credentials", "meter"]),
    async charges() {
      const [row] = await folders.ledger.usage({ by: "run" })
      return { requests: row?.requests ?? 0, tokens: row?.chargedTokens ?? 0 }
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await folders[Symbol.asyncDispose]()
    },
  }
}

function routeTo(host: string, assignment: Assignment) {
  const secret = new Secret(assignment.secret)
  switch (host) {
    case "rules.test":
      return route(host, {
        matches: [{ methods: ["GET"], paths: [{ type: "prefix", value: assignment.openPrefix }], headers: [] }],
      })
    case "key.test":
      return route(host, { injection: { header: "authorization", template: "Bearer {secret}" }, secret })
    case "model.test":
      return route(host, {
        injection: { header: "x-api-key", template: "{secret}" },
        metering: { provider: "claude", api: "anthropic-messages" },
        secret,
      })
    default:
      return route(host)
  }
}
