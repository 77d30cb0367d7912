// One host of the campaign: a root on a small disk of its own, a provider in its network, and workers
// that are started, killed and started again.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join, resolve } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { identifyProcess, killProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { must, openHostNetwork } from "./network.ts"

const CLI = resolve(import.meta.dir, "../../../apps/cli/bin/bot-bottle")
/** Room for the runs of a thousand faults. */
const DISK = "384m"
/** A worker that has said so is asking the queue after this time, on a machine with other things to do. */
const WAITS_FOR_JOBS = "waiting for jobs"
const READY_MS = 1_000
/** A statement that was under way when the link went down is waited for so long; a full disk is looked at again. */
const NOTICED_MS = 6_000
export const REQUESTS = 10

export const SHARED_MEMORY = "/dev/shm"
const FILLING = new Uint8Array(1_048_576)

/** A job's agent: its requests carry the job's name and a word of this very run. */
const AGENT = `
  const ask = (body) => fetch("https://api.anthropic.com/v1/messages", {
    method: "POST",
    proxy: "http://127.0.0.1:3128",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "placeholder" },
    body: JSON.stringify({ max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...body }),
  });
  const word = Math.random().toString(36).slice(2, 10);
  const name = process.argv.at(-1);
  for (let n = 0; n < ${REQUESTS}; n += 1) {
    const { status } = await ask({ model: [name, word, n].join("/") });
    if (status !== 200) process.exit(9);
    await new Promise((done) => setTimeout(done, 250));
  }
  process.exit(0);
`

export interface FleetHost extends AsyncDisposable {
  readonly name: string
  readonly root: string
  /** Its name in the ledger. */
  readonly id: string
  /** One more worker, with the host's clock off by so many seconds. */
  startWorker(skewS: number): void
  /** `pick` from 0 to 1. Undefined when there is none. */
  pickWorker(pick: number): number | undefined
  killWorker(pid: number): Promise<void>
  stopWorkers(): Promise<void>
  /** The job that this worker has taken and not ended, by its own word. */
  jobOf(pid: number): number | undefined
  readonly workers: number
  /** Those that have had the time to start. */
  readonly readyWorkers: number
  setLink(isUp: boolean): void
  /** Its link is up and its disk has room, for long enough to have been noticed. */
  readonly isFit: boolean
  /** SIGKILL to one proxy of a run. False when there is none. */
  killProxy(pick: number): boolean
  fillDisk(): void
  freeDisk(): void
  run(
    ...args: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>
  /** Model and time of every billed request. */
  bill(): readonly (readonly [model: string, atMs: number])[]
}

interface Worker {
  readonly child: Bun.Subprocess
  readonly log: string
  /** When it was first seen to wait for jobs. */
  waitsSinceMs?: number
}

export interface FleetHostOptions {
  readonly folder: string
  readonly number: number
  /** Address of the shared ledger. */
  readonly ledger: string
  /** Leaves a copy of its root when it closes. */
  readonly keep: boolean
}

export async function openFleetHost({ folder, number, ledger, keep }: FleetHostOptions): Promise<FleetHost> {
  const name = `host-${number}`
  const network = openHostNetwork(number)
  const home = join(folder, name)
  const root = join(home, "root")
  mkdirSync(root, { recursive: true, mode: 0o700 })
  must("mount", "-t", "tmpfs", "-o", `size=${DISK},mode=0700`, "tmpfs", root)
  const provider = Bun.spawn([...network.enter([process.execPath, join(import.meta.dir, "provider.ts"), home])], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  })
  await provider.stdout.getReader().read()
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true, mode: 0o700 })
    writeFileSync(join(root, path), text, { mode: 0o600 })
  }
  const address = readFileSync(join(home, "address"), "utf8")
  write(
    "settings.yml",
    `resolve:\n  api.anthropic.com: ${address}\nupstream_ca: ${join(home, "ca.pem")}\nledger: ${ledger}\n`,
  )
  const argv = JSON.stringify([`${GUEST.runtime}/bun`, "-e", AGENT])
  write("bottles/dev.md", `---\nagent_provider:\n  template: command\n  meters: [claude]\n  argv: ${argv}\n---\n`)
  write("agents/impl.md", "---\nbottle: dev\n---\nAn agent of the campaign.\n")

  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    USER: name,
    BOT_BOTTLE_HOME: root,
    ANTHROPIC_API_KEY: "sk-ant-api03-of-the-campaign-00000000000000",
  }
  const cwd = join(home, "work")
  mkdirSync(cwd)
  const made = await openLedger(join(root, "bot-bottle.db"))
  const id = made.host
  await made.close()
  let started = 0
  let workers: readonly Worker[] = []
  const live = () => workers.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  const stopWorkers = async () => {
    for (const { child } of live()) {
      child.kill("SIGTERM")
      await child.exited
    }
  }
  let isReachable = true
  let hasRoom = true
  let recoveredAtMs = 0
  const filler = join(root, "filler")

  return {
    name,
    root,
    id,
    startWorker(skewS) {
      const log = join(home, `worker-${++started}.log`)
      const output = openSync(log, "a")
      const child = Bun.spawn([...network.enter([CLI, "worker"])], {
        cwd,
        env: { ...env, ...clockOff(skewS) },
        stdin: "ignore",
        stdout: output,
        stderr: output,
      })
      workers = [...live(), { child, log }]
      closeSync(output)
    },
    pickWorker: (pick) => live()[Math.floor(pick * live().length)]?.child.pid,
    async killWorker(pid) {
      const worker = workers.find(({ child }) => child.pid === pid)
      worker?.child.kill("SIGKILL")
      await worker?.child.exited
      // Another process of that number would find them, and not start.
      for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
        rmSync(join(SHARED_MEMORY, name), { force: true })
    },
    stopWorkers,
    jobOf(pid) {
      const log = workers.find(({ child }) => child.pid === pid)?.log
      const said = log === undefined ? [] : [...readFileSync(log, "utf8").matchAll(/^bot-bottle: job (\d+) (\w+)/gm)]
      const [, id, word] = said.at(-1) ?? []
      return word === "taken" ? Number(id) : undefined
    },
    get workers() {
      return live().length
    },
    get readyWorkers() {
      return live().filter(isReady).length
    },
    setLink(isUp) {
      isReachable = isUp
      recoveredAtMs = performance.now()
      network.setLink(isUp)
    },
    get isFit() {
      return isReachable && hasRoom && performance.now() - recoveredAtMs > NOTICED_MS
    },
    killProxy(pick) {
      const proxies = listProcesses().filter((pid) => commandOf(pid).includes("/apps/proxy/") && network.isMember(pid))
      const pid = proxies[Math.floor(pick * proxies.length)]
      const proxy = pid === undefined ? undefined : identifyProcess(pid)
      // It may have ended since it was listed.
      return proxy !== undefined && killProcess(proxy)
    },
    fillDisk() {
      hasRoom = false
      const file = openSync(filler, "w")
      try {
        for (;;) writeSync(file, FILLING)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
      } finally {
        closeSync(file)
      }
    },
    freeDisk() {
      rmSync(filler, { force: true })
      hasRoom = true
      recoveredAtMs = performance.now()
    },
    async run(...args) {
      const child = Bun.spawn([...network.enter([CLI, ...args])], {
        cwd,
        env,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      })
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { exitCode: await child.exited, stdout, stderr }
    },
    bill: () =>
      (existsSync(join(home, "bill")) ? readFileSync(join(home, "bill"), "utf8").trim().split("\n") : [])
        .map((line) => line.split(" "))
        .map(([model = "", at = ""]) => [model, Number(at)] as const),
    async [Symbol.asyncDispose]() {
      await stopWorkers()
      await provider.stdin.end()
      await provider.exited
      // The disk is memory: it goes with the campaign, but for those who look into it afterwards.
      if (keep) must("cp", "--archive", root, join(home, "root-as-left"))
      must("umount", "--lazy", root)
      network[Symbol.dispose]()
    },
  }
}

/**
 * Preloaded. The program `faketime` stays in between, and its death would not be the worker's. It also fails once its
 * process number was that of an earlier one that was killed.
 */
export function clockOff(seconds: number): Readonly<Record<string, string>> {
  if (seconds === 0) return {}
  const [library] = new Bun.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1").scanSync({ cwd: "/", absolute: true })
  if (library === undefined) throw new Error("faketime is not installed: apt-get install faketime")
  return { LD_PRELOAD: library, FAKETIME: `${seconds > 0 ? "+" : ""}${seconds}s` }
}

function isReady(worker: Worker): boolean {
  if (worker.waitsSinceMs === undefined && readFileSync(worker.log, "utf8").includes(WAITS_FOR_JOBS))
    worker.waitsSinceMs = performance.now()
  return worker.waitsSinceMs !== undefined && performance.now() - worker.waitsSinceMs > READY_MS
}

function listProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")
  } catch {
    // It has ended.
    return ""
  }
}
