// A host whose one agent does nothing, for start-up times.

import { mkdir, mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface QuietHost {
  /** Everything below lies in it. */
  readonly folder: string
  /** bot-bottle's root. */
  readonly home: string
  /** Another root, for a release that would refuse a newer ledger. */
  readonly olderHome: string
  /** An empty folder to start from: in a Git work tree a start copies it. */
  readonly work: string
  /** For the forms that have to be built. */
  readonly built: string
}

export async function openQuietHost(): Promise<QuietHost> {
  const folder = await mkdtemp(join(tmpdir(), "bench-start-"))
  const host = { folder, home: join(folder, "home"), olderHome: join(folder, "older"), work: join(folder, "work") }
  await mkdir(host.work)
  for (const home of [host.home, host.olderHome]) await writeManifests(home)
  return { ...host, built: join(folder, "built") }
}

async function writeManifests(home: string): Promise<void> {
  for (const name of ["agents", "bottles"]) await mkdir(join(home, name), { recursive: true, mode: 0o700 })
  const bottle = "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/true]\n---\n"
  await Bun.write(join(home, "bottles/quiet.md"), bottle)
  await Bun.write(join(home, "agents/nothing.md"), "---\nbottle: quiet\n---\nDoes nothing.\n")
}
