// A process that drives ten runs at once, as a service does: some end by themselves, some are
// killed, one is frozen, some are aborted. Ends by itself when nothing holds it: it calls no exit.
//
//   ten-runs.ts <root folder>

import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { askNobody, type ControlEvent, type LaunchEnd, openRun, StopRequest, start } from "@bot-bottle/control"
import { identifyProcess, listDescendants } from "@bot-bottle/kernel"

const [root = ""] = process.argv.slice(2)
const env = {
  root,
  cwd: root,
  path: "/usr/local/bin:/usr/bin:/bin",
  operator: "tester",
  find: () => undefined,
  findSecret: () => undefined,
}
const self = identifyProcess(process.pid)
if (self === undefined) throw new Error("/proc does not have this process")

const timers = countTimers()
const before = held()
const runs = Array.from({ length: 10 }, (_, index) => launch(index < 3 ? "short" : "long"))
const slugs = await Promise.all(runs.map(({ running }) => running))
const during = held()
const [, , , first, second, third, fourth, ...aborted] = runs
const control = { env, notify: () => {}, describe: () => [] }
await Promise.all([
  openRun(control, await slugOf(first)).kill(),
  openRun(control, await slugOf(second)).kill(),
  openRun(control, await slugOf(third)).kill(),
  openRun(control, await slugOf(fourth)).freeze(),
])
for (const run of aborted) run.abort()
const ends = await Promise.all(runs.map(({ ended }) => ended))
const causes = ends.map((end) => (end.outcome === "ended" ? end.end.cause.kind : end.outcome))
const sockets = [...new Bun.Glob("state/**/*.sock").scanSync({ cwd: root, onlyFiles: false })]
const after = held()
process.stdout.write(JSON.stringify({ slugs: new Set(slugs).size, causes, sockets, before, during, after }))

interface TestedRun {
  readonly running: Promise<string>
  readonly ended: Promise<LaunchEnd>
  abort(): void
}

function launch(agent: string): TestedRun {
  const running = Promise.withResolvers<string>()
  const controller = new AbortController()
  const notify = (event: ControlEvent) => {
    if (event.kind === "agent-started") running.resolve(event.slug)
  }
  const ended = start(
    { env, notify, describe: () => [] },
    { agent, agentArguments: [], headless: true, prompt: "x" },
    { ask: askNobody, confirm: "given", mode: { kind: "background" }, signal: controller.signal },
  )
  ended.catch(running.reject)
  return { running: running.promise, ended, abort: () => controller.abort(new StopRequest("the test", 9)) }
}

function slugOf(run: TestedRun | undefined): Promise<string> {
  if (run === undefined) throw new Error("Too few runs")
  return run.running
}

/** Timers that are set, also the ones that hold no process up. */
function countTimers(): () => number {
  const set = new Set<unknown>()
  const { setTimeout: later, setInterval: often, clearTimeout: forget, clearInterval: stop } = globalThis
  const drop = (timer: unknown) => void set.delete(timer)
  const patched = {
    setTimeout(act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
      const timer = later(() => {
        drop(timer)
        act(...args)
      }, ms)
      set.add(timer)
      return timer
    },
    setInterval(act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
      const timer = often(act, ms, ...args)
      set.add(timer)
      return timer
    },
    clearTimeout(timer: Timer) {
      drop(timer)
      forget(timer)
    },
    clearInterval(timer: Timer) {
      drop(timer)
      stop(timer)
    },
  }
  Object.assign(globalThis, patched)
  return () => set.size
}

/** Processes below this one, files it has open, and mounts it sees. Descriptors of a kind count, not their numbers. */
function held() {
  const files = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, "n")]
    } catch {
      // The listing's own descriptor.
      return []
    }
  })
  return {
    processes: self === undefined ? [] : listDescendants(self),
    files: files.filter((file) => /^(?:socket|pipe):/.test(file) || file.startsWith(root)).sort(),
    timers: timers(),
    // One handler of the wake signal serves all runs and stays: without it the signal would end the process.
    handlers: process
      .eventNames()
      .filter((name) => name !== "SIGUSR2")
      .map((name) => `${String(name)} ${process.listenerCount(name)}`),
    // Of these runs: others on the machine mount as well.
    mounts: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(root)),
  }
}
