// A run to try a backend with: a folder of its own, a stand-in for the proxy behind the guest share,
// and the bottle around any command.

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { GUEST_SHARE_FILES, type RunFolders, runFolders } from "@bot-bottle/contracts"
import { findGuestRuntime } from "@bot-bottle/guest"
import type { Backend, BottleStdio } from "../backend.ts"
import { GUEST_ETC_FILES } from "../guest-files/guest-etc.ts"
import { type BottlePlan, type BottleRequest, planBottle } from "../plan.ts"

export interface TestRun extends AsyncDisposable {
  readonly root: string
  readonly folders: RunFolders
  plan(argv: readonly string[], changes?: Partial<BottleRequest>): BottlePlan
}

export interface BottleOutput {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The socket in the guest share echoes every byte back, and closes its half when the guest closes its own. */
export function openTestRun({ label = "trial" } = {}): TestRun {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bottle-test-")))
  const { slug, folders } = createTestFolders(root, label)
  const echo = openEcho(join(folders.guestShare, GUEST_SHARE_FILES.socket))
  return {
    root,
    folders,
    plan: (argv, changes) =>
      planBottle({ slug, folders, runtime: findGuestRuntime(), argv, env: {}, searchPath: [], ...changes }),
    async [Symbol.asyncDispose]() {
      echo.stop(true)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Another run of the same operator, for what one bottle must not see of the other. */
export function createNeighbour({ root }: TestRun): RunFolders {
  mkdirSync(root, { recursive: true })
  return createTestFolders(root, "neighbour").folders
}

export async function runInBottle(
  backend: Backend,
  plan: BottlePlan,
  stdio: Extract<BottleStdio, { kind: "pipe" }> = { kind: "pipe" },
): Promise<BottleOutput> {
  const bottle = await backend.launch(plan, stdio)
  const [exitCode, stdout, stderr] = await Promise.all([
    bottle.exited,
    new Response(bottle.stdout).text(),
    new Response(bottle.stderr).text(),
  ])
  return { exitCode, stdout, stderr }
}

/** Perl is in every Debian and Ubuntu base system and makes raw system calls without a compiler. */
export function perl(script: string, ...args: string[]): readonly string[] {
  return ["/usr/bin/perl", "-e", script, ...args]
}

/** The same command outside: the positive control. */
export async function runOnHost(argv: readonly string[]): Promise<BottleOutput> {
  const child = Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"] })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  return { exitCode, stdout, stderr }
}

/** As a launcher makes them: the bottle's uid reaches only what is open within. */
function createTestFolders(root: string, label: string): { readonly slug: string; readonly folders: RunFolders } {
  const slug = `${label}-${randomSuffix()}`
  const folders = runFolders(root, slug)
  const { state, egress, home, workspace, transcript, guestShare, etc } = folders
  for (const path of [state, egress, home, workspace, transcript, join(home, "workspace")])
    mkdirSync(path, { recursive: true, mode: 0o700 })
  for (const path of [guestShare, etc]) mkdirSync(path, { mode: 0o755 })
  for (const { name, content } of GUEST_ETC_FILES) writeFileSync(join(etc, name), content, { mode: 0o644 })
  return { slug, folders }
}

export function randomSuffix(): string {
  return Math.random().toString(36).slice(2).padEnd(5, "0").slice(0, 5)
}

function openEcho(path: string) {
  const queues = new WeakMap<object, Uint8Array[]>()
  const flush = (socket: Bun.Socket) => {
    const queue = queues.get(socket) ?? []
    for (let chunk = queue[0]; chunk !== undefined; chunk = queue[0]) {
      const taken = Math.max(0, socket.write(chunk))
      if (taken < chunk.byteLength) {
        queue[0] = chunk.subarray(taken)
        return
      }
      queue.shift()
    }
    if (ended.has(socket)) socket.end()
  }
  const ended = new WeakSet<object>()
  const listener = Bun.listen({
    unix: path,
    allowHalfOpen: true,
    socket: {
      open: (socket) => void queues.set(socket, []),
      data(socket, bytes) {
        queues.get(socket)?.push(new Uint8Array(bytes))
        flush(socket)
      },
      drain: flush,
      end(socket) {
        ended.add(socket)
        flush(socket)
      },
    },
  })
  // The guest's uid connects to it; the run's folder above is 0700.
  chmodSync(path, 0o666)
  return listener
}
