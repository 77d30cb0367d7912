// A policy learned from real clients. Each one runs once while its proxy observes. The proposed
// routes allow that whole log, are enough for the same client, and none of them can go.

import { expect, test } from "bun:test"
import { dirname } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend, openTestRun, runInBottle } from "@bot-bottle/bottle/testing"
import type { EgressEvent } from "@bot-bottle/contracts"
import {
  judge,
  type PolicyRequest,
  type ProposedRoute,
  proposeRoutes,
  requestOfEvent,
  routesOf,
  tableOf,
} from "@bot-bottle/policy"
import { createTestCa, SLUG, startTestProxy } from "@bot-bottle/proxy/testing"
import { describeIsolated } from "../isolation/require-isolation.ts"
import type { Client } from "./client.ts"
import { CLIENTS } from "./clients.ts"
import { ANSWER, startFarHost } from "./far-host.ts"
import { findLack, openToolbox } from "./toolbox.ts"

const HOST = "far.example.com"
const DEADLINE_S = 40
const toolbox = await openToolbox()

// biome-ignore format: a table
const LEARNED = [
  // client   the routes, as method and path
  ["git",     ["GET prefix /git/words.git/"]],
  ["pip",     ["GET prefix /simple/greeting/"]],
  ["npm",     ["GET prefix /npm/greeting"]],
  ["cargo",   ["GET prefix /cargo/"]],
] as const

await describeIsolated("learning from real clients", createBwrapBackend(), () => {
  for (const [name, wanted] of LEARNED) {
    const client = CLIENTS.find((one) => one.name === name)
    if (client === undefined) throw new Error(`no client is called ${name}`)
    const why = findLack(toolbox, client)
    if (why !== undefined) process.stderr.write(`clients: NOT LEARNED FROM: ${name}: ${why}\n`)

    test.skipIf(why !== undefined)(
      `${name}: the proposed routes are enough, and none can go`,
      async () => {
        const watched = await runClient(client, { observes: true, routes: [] })
        expect(watched.output).toContain(ANSWER)
        const requests = requestsOf(watched.events)
        const { routes, left } = proposeRoutes(tableOf([]), requests, () => true)
        expect({ routes: routes.flatMap(words), left }).toEqual({ routes: [...wanted], left: [] })
        const table = tableOf(routesOf(routes))
        expect(requests.filter((request) => judge(table, request).outcome === "deny")).toEqual([])

        // A second time, held to them.
        const held = await runClient(client, { observes: false, routes })
        expect(held.output).toContain(ANSWER)
        expect(held.events.filter(({ kind }) => kind === "denied")).toEqual([])

        for (const dropped of routes) {
          const short = await runClient(client, {
            observes: false,
            routes: routes.filter((route) => route !== dropped),
          })
          expect(short.events.filter(({ kind }) => kind === "denied")).not.toEqual([])
        }
      },
      240_000,
    )
  }
})

interface Setting {
  readonly observes: boolean
  readonly routes: readonly ProposedRoute[]
}

async function runClient({ script }: Client, { observes, routes }: Setting) {
  const ca = createTestCa("the far host's CA")
  await using far = await startFarHost(HOST, ca)
  await using proxy = await startTestProxy({
    routes: routesOf(routes),
    resolve: { [HOST]: far.address },
    upstreamCa: ca.pem,
    ...(observes ? { observe: {} } : {}),
  })
  await using run = openTestRun()
  const plan = run.plan(
    ["/bin/sh", "-c", `export HOST=${HOST}; timeout ${DEADLINE_S} sh -c '${script.replaceAll("'", `'\\''`)}'`],
    {
      slug: SLUG,
      folders: { ...run.folders, guestShare: dirname(proxy.frontPath) },
      toolchainFolder: toolbox.folder,
      cwd: GUEST.home,
      env: { PYTHONPATH: `${GUEST.toolchain}/python` },
    },
  )
  const { stdout, stderr } = await runInBottle(createBwrapBackend(), plan)
  return { output: `${stdout}${stderr}`, events: proxy.events() }
}

/** Each once. */
function requestsOf(events: readonly EgressEvent[]): readonly PolicyRequest[] {
  const found = events.filter(({ kind }) => kind === "observed").flatMap((event) => requestOfEvent(event) ?? [])
  return [...new Map(found.map((request) => [JSON.stringify(request), request])).values()]
}

function words({ matches }: ProposedRoute): readonly string[] {
  return matches.map(({ methods, paths }) => {
    const said = paths === "every" ? ["every"] : paths.flatMap(({ type, value }) => [type, value])
    return [methods === "every" ? "every" : methods.join(","), ...said].join(" ")
  })
}
