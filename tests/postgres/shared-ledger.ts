// Hosts on one shared ledger: each with a file of its own, as on machines of their own.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { HostId } from "@bot-bottle/contracts"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { openOlderHost } from "@bot-bottle/ledger/testing"
import type { Cluster } from "@bot-bottle/testkit"

export interface SharedHosts extends AsyncDisposable {
  readonly url: string
  path(host: string): string
  /** A handle of its own, as a process on that host has it. */
  open(host: string, options?: HostOptions): Promise<Ledger>
}

export interface HostOptions {
  readonly nowMs?: () => number
  readonly timeZone?: string
  readonly url?: string
  /** Of a host whose build is older: the newest migration that it knows. */
  readonly schema?: number
}

export async function openSharedHosts(cluster: Cluster): Promise<SharedHosts> {
  const url = await cluster.createDatabase()
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-hosts-"))
  const opened: Ledger[] = []
  const path = (host: string) => join(folder, host, "bot-bottle.db")
  return {
    url,
    path,
    async open(host, { url: other, schema, ...rest } = {}) {
      const shared = { url: other ?? url, password: undefined, home: folder }
      const options = { ...rest, host: host as HostId, shared }
      const ledger =
        schema === undefined ? await openLedger(path(host), options) : await openOlderHost(path(host), options, schema)
      opened.push(ledger)
      return ledger
    },
    async [Symbol.asyncDispose]() {
      for (const ledger of opened) await ledger.close().catch(() => undefined)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
