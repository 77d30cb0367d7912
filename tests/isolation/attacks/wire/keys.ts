// Security cases 15 and 19: names without end, each of which costs the proxy a certificate; and the
// proxy itself asked for what it knows.

import { readFileSync } from "node:fs"
import { connectRaw, openTls } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, settled } from "./attack.ts"

const NAMES = 5_000
const AT_ONCE = 8
/** Far above what a bounded cache of certificates holds, far below what five thousand sessions would. */
const MAX_GROWTH_KIB = 100 * 1024

const QUESTIONS = [
  "http://bot-bottle.internal/allowlist",
  "http://bot-bottle.internal/routes",
  "http://bot-bottle.internal/status",
  "http://mitm.it/",
  "http://127.0.0.1/status",
  "http://localhost/routes",
] as const

export const keys: AttackClass = {
  title: "the proxy's memory, and what it knows",
  controls: [
    {
      what: "a name below the wildcard gets a session of its own",
      needs: "inspection",
      run: async (field) => (await openSession(field, "a.wild.test")) === "open",
    },
  ],
  attacks: [
    {
      case: 15,
      what: `${NAMES} names under a wildcard`,
      needs: "inspection",
      async run(field) {
        const before = rssKib(field)
        for (let first = 0; first < NAMES; first += AT_ONCE) {
          const names = Array.from({ length: AT_ONCE }, (_, index) => `n${first + index}.wild.test`)
          await Promise.all(names.map((name) => settled(() => openSession(field, name))))
        }
        return rssKib(field) - before > MAX_GROWTH_KIB ? "succeeded" : "refused"
      },
    },
    ...QUESTIONS.map(
      (target): Attack => ({
        case: 19,
        what: `the proxy asked for ${target}`,
        needs: "credentials",
        async run({ way, assignment }) {
          using connection = await connectRaw(way.front)
          const answer = await responseTo(connection, `GET ${target} HTTP/1.1\r\nHost: ${new URL(target).host}\r\n\r\n`)
          const text = JSON.stringify(answer?.headers) + (answer?.body.toString("latin1") ?? "")
          return text.includes(assignment.secret) ? "succeeded" : "refused"
        },
      }),
    ),
  ],
}

/** Rejects when the proxy refuses the tunnel or the handshake. */
async function openSession({ way }: Field, host: string): Promise<"open"> {
  using _connection = await openTls(way.front, way.ca, `${host}:443`)
  return "open"
}

function rssKib({ way }: Field): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${way.pid}/status`, "utf8"))?.[1])
}
