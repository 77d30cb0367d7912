// Memory and CPU of one process while it works.

import { readdir, readFile } from "node:fs/promises"

export interface Usage {
  readonly cpuMs: number
  /** From 40 % to 90 % of the time: connections are open then, and code is compiled. */
  readonly steadyCpuMsPerSecond: number
  /** The most that it grew by. */
  readonly grownKib: number
}

interface Sample {
  readonly atMs: number
  readonly cpuMs: number
}

const EVERY_MS = 100

/** Of no process, as on the direct way: nothing used. */
export async function watchProcess(pid: number | undefined): Promise<{ end(): Promise<Usage> }> {
  if (pid === undefined) return { end: async () => ({ cpuMs: 0, steadyCpuMsPerSecond: 0, grownKib: 0 }) }
  const least = await rssKib(pid)
  let most = least
  const samples = [await sample(pid)]
  const looking = setInterval(async () => {
    most = Math.max(most, await rssKib(pid))
    samples.push(await sample(pid))
  }, EVERY_MS)
  return {
    async end() {
      clearInterval(looking)
      samples.push(await sample(pid))
      return { cpuMs: between(samples, 0, 1).cpuMs, steadyCpuMsPerSecond: slope(samples), grownKib: most - least }
    },
  }
}

function slope(samples: readonly Sample[]): number {
  const { atMs, cpuMs } = between(samples, 0.4, 0.9)
  return (cpuMs / Math.max(atMs, 1)) * 1000
}

function between(samples: readonly Sample[], from: number, to: number): Sample {
  const last = samples.length - 1
  const [a, b] = [samples[Math.floor(last * from)], samples[Math.floor(last * to)]]
  if (a === undefined || b === undefined) throw new Error("nothing was measured")
  return { atMs: b.atMs - a.atMs, cpuMs: b.cpuMs - a.cpuMs }
}

async function sample(pid: number): Promise<Sample> {
  return { atMs: performance.now(), cpuMs: await cpuMs(pid) }
}

/** Resident memory; proc_pid_status(5). */
async function rssKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}

/** Of all its threads so far. proc_pid_stat(5) counts in ticks of 10 ms, and schedstat in nanoseconds. */
async function cpuMs(pid: number): Promise<number> {
  const tasks = `/proc/${pid}/task`
  const ran = await Promise.all(
    (await readdir(tasks)).map(async (task) => {
      // A thread may end meanwhile.
      const text = await readFile(`${tasks}/${task}/schedstat`, "utf8").catch(() => "0")
      return Number(text.split(" ", 1)[0])
    }),
  )
  return ran.reduce((sum, ns) => sum + ns, 0) / 1_000_000
}
