// Many bottles on one login, with access tokens of two seconds, while launchers are killed: at any
// moment, and in the middle of a renewal. Counts what the authority saw.

import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { type Program, readJson, waitFor } from "@bot-bottle/testkit"
import { runsProgram } from "../../started-program.ts"
import { agentIn, scriptBottle } from "../cli/cli-host.ts"
import { openLoginHost } from "./login-host.ts"

export interface Campaign {
  readonly bottles: number
  /** Once all of them have started. */
  readonly durationMs: number
  readonly accessLifetimeMs: number
  /** Pause of each agent between two requests. */
  readonly pauseMs: number
  /** Bottles that are started at once. */
  readonly atOnce: number
}

export interface CampaignResult {
  readonly renewals: number
  readonly reuses: number
  readonly isHostAlive: boolean
  readonly kills: number
  /** Of them, while the authority was answering a renewer of the launcher that was killed. */
  readonly killsInRenewal: number
  readonly answered: number
  /** Requests that no client got answered, after it had renewed its placeholder. */
  readonly failed: number
  /** Bottles that were neither killed nor running to the end. */
  readonly lost: number
}

const AGENT = `
  const refresh = () => fetch("https://platform.claude.com/v1/oauth/token", { method: "POST", proxy: "http://127.0.0.1:3128", body: "{}" });
  // As clients do: a token that ended is renewed, and the request sent again, a few times.
  const insist = async () => {
    for (let attempt = 1; ; attempt++) {
      const { status } = await ask().catch(() => ({ status: 0 }));
      if (status !== 401 || attempt === 4) return status;
      await refresh();
    }
  };
  let answered = 0, failed = 0, isOver = false;
  void Bun.stdin.text().then(() => { isOver = true; });
  console.log("up");
  while (!isOver) { (await insist()) === 200 ? answered++ : failed++; await Bun.sleep(PAUSE); }
  console.log(JSON.stringify({ answered, failed }));`

export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { bottles, durationMs, accessLifetimeMs, pauseMs, atOnce } = campaign
  const killed = new Set<number>()
  let killsInRenewal = 0
  let wantsKill = false
  const programs: Program[] = []
  const kill = (pid: number) => {
    killed.add(pid)
    programs.find((program) => program.pid === pid)?.kill("SIGKILL")
  }
  await using host = await openLoginHost({
    authority: {
      accessLifetimeMs,
      // The token is spent, and nobody has the answer yet.
      async beforeAnswer() {
        const launcher = wantsKill ? findLauncher(programs, killed) : undefined
        if (launcher !== undefined) {
          wantsKill = false
          killsInRenewal += 1
          kill(launcher)
        }
        await sleep(30)
      },
    },
  })
  await host.write("bottles/dev.md", scriptBottle(AGENT.replace("PAUSE", String(pauseMs))))
  await host.write("agents/impl.md", agentIn("dev"))
  for (let started = 0; started < bottles; started += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, bottles - started) }, () =>
      host.start("start", "impl", "--headless", "--prompt", "x"),
    )
    programs.push(...batch)
    await Promise.all(batch.map((program) => program.untilStdout(/up/)))
  }

  const part = durationMs / 4
  // Two in the middle of a renewal, one at any moment.
  for (const isInRenewal of [true, false, true]) {
    await sleep(part)
    if (!isInRenewal) kill(programs.findLast(({ pid }) => !killed.has(pid))?.pid ?? 0)
    else {
      wantsKill = true
      await waitFor("a renewal to kill a launcher in", () => !wantsKill)
    }
  }
  await sleep(part)
  for (const program of programs) program.closeStdin()
  const results = await Promise.all(programs.map(async (program) => ({ pid: program.pid, ...(await program.result) })))
  const survivors = results.filter(({ pid }) => !killed.has(pid))
  const counts = survivors.flatMap(({ stdout }) => {
    const line = stdout.trim().split("\n").at(-1) ?? ""
    return line.startsWith("{") ? [readJson(line, { answered: "number", failed: "number" })] : []
  })
  const sum = (of: (count: (typeof counts)[number]) => number) => counts.reduce((total, count) => total + of(count), 0)
  return {
    renewals: host.authority.renewals,
    reuses: host.authority.reuses,
    // A renewal may be under way; a login that is lost stays lost.
    isHostAlive: await waitFor("the login to live", host.isAlive).then(
      () => true,
      () => false,
    ),
    kills: killed.size,
    killsInRenewal,
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    lost: survivors.length - counts.length,
  }
}

/** The launcher whose renewer is at work now. */
function findLauncher(programs: readonly Program[], killed: ReadonlySet<number>): number | undefined {
  const pids = programs.map(({ pid }) => pid).filter((pid) => !killed.has(pid))
  return findRenewer(pids)?.launcher
}

/** The process that renews a login for one of these. */
export function findRenewer(
  launchers: readonly number[],
): { readonly launcher: number; readonly renewer: number } | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (!runsProgram(readFileSync(`/proc/${name}/cmdline`, "utf8"), "login-renewer")) continue
      let pid = Number(name)
      // The command is a script that becomes the launcher, or starts it.
      for (let steps = 0; steps < 4 && pid > 1; steps++) {
        if (launchers.includes(pid)) return { launcher: pid, renewer: Number(name) }
        pid = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined
}
