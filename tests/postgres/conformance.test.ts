// The suite that every ledger passes, over PostgreSQL: each handle is a host's own file and the
// shared database, and the suite's other host has a file of its own.

import { afterAll } from "bun:test"
import { createLedgerConformance } from "@bot-bottle/ledger/testing"
import { startCluster } from "@bot-bottle/testkit"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

createLedgerConformance("PostgreSQL", async (options) => {
  const hosts = await openSharedHosts(cluster)
  const openHere = () => hosts.open("here-00000", options)
  return {
    ledger: await openHere(),
    openAnother: openHere,
    openOnHost: (host) => hosts.open(host, options),
    [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
  }
})
