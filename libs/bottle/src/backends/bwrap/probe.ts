// Says whether bubblewrap can build a bottle here, by building an empty one.

import { existsSync, readFileSync } from "node:fs"
import { PRLIMIT } from "@bot-bottle/guest"
import { findTool, installLine } from "@bot-bottle/kernel"
import type { Probe, ProbeFinding } from "../../backend.ts"
import type { CgroupDelegation } from "../../limits/cgroup.ts"
import { uidOfRun } from "../../run-owner.ts"
import { namespaceFix } from "./namespace-fix.ts"
import { GET_MORE_IDS, whyTooFewIds } from "./user-ids.ts"

/** --disable-userns and --size. */
const OLDEST_BWRAP = [0, 8] as const

export interface ProbeOptions {
  readonly isRoot: boolean
  readonly cgroup: CgroupDelegation | undefined
}

export async function probeBwrap({ isRoot, cgroup }: ProbeOptions): Promise<Probe> {
  const findings = await readFindings(isRoot)
  return { usable: findings.every(({ ok }) => ok), findings: [...findings, describeCgroup(cgroup)] }
}

/** The command that lets this host build a bottle; undefined where it can, so that something else is the reason. */
export async function findBwrapFix(isRoot: boolean): Promise<string | undefined> {
  return (await readFindings(isRoot)).find(({ ok }) => !ok)?.fix
}

async function readFindings(isRoot: boolean): Promise<readonly ProbeFinding[]> {
  const bwrap = findTool("bwrap")
  if (bwrap === undefined) {
    return [{ check: "bubblewrap", ok: false, detail: "not installed", fix: installLine("bubblewrap") }]
  }
  const version = (await run([bwrap, "--version"])).stdout.trim()
  const versionOk = isRecent(version)
  const tools: ProbeFinding[] = [
    {
      check: "bubblewrap",
      ok: versionOk,
      detail: version,
      ...(versionOk ? {} : { fix: `install bubblewrap ${OLDEST_BWRAP.join(".")} or newer` }),
    },
  ]
  if (!existsSync(PRLIMIT)) {
    const detail = `${PRLIMIT} is not there; it sets the limits of every agent`
    return [...tools, { check: "prlimit", ok: false, detail, fix: installLine("util-linux") }]
  }
  const setpriv = findTool("setpriv")
  if (isRoot && setpriv === undefined) {
    return [
      ...tools,
      { check: "setpriv", ok: false, detail: "not installed; needed when root", fix: installLine("util-linux") },
    ]
  }
  const tooFew = isRoot ? whyTooFewIds(uidOfRun("probe")) : undefined
  if (tooFew !== undefined) return [...tools, { check: "user ids", ok: false, detail: tooFew, fix: GET_MORE_IDS }]
  return versionOk ? [...tools, await tryNamespaces(bwrap, isRoot ? setpriv : undefined)] : tools
}

async function tryNamespaces(bwrap: string, setpriv: string | undefined): Promise<ProbeFinding> {
  const uid = `${uidOfRun("probe")}`
  const asNobody = setpriv === undefined ? [] : [setpriv, "--reuid", uid, "--regid", uid, "--clear-groups", "--"]
  const namespaces = ["user", "ipc", "pid", "net", "uts", "cgroup"].map((name) => `--unshare-${name}`)
  const { exitCode, stderr } = await run([
    ...asNobody,
    bwrap,
    ...namespaces,
    "--disable-userns",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--",
    "/usr/bin/env",
    "true",
  ])
  const check = "user namespaces"
  if (exitCode === 0) return { check, ok: true, detail: "a bottle without privileges can be built" }
  return {
    check,
    ok: false,
    detail: stderr.trim().replace(/^bwrap: /, "") || `bwrap exited with ${exitCode}`,
    fix: namespaceFix(readKernelSetting),
  }
}

function describeCgroup(cgroup: CgroupDelegation | undefined): ProbeFinding {
  return {
    check: "cgroup v2",
    ok: cgroup !== undefined,
    isOptional: true,
    detail:
      cgroup === undefined
        ? "not delegated to this user: memory is watched, pids are an rlimit, cpus cannot be limited"
        : `delegated: ${[...cgroup.controllers].join(", ")}`,
    ...(cgroup === undefined
      ? { fix: "start from a systemd user session, or: systemd-run --user --scope -p Delegate=yes bot-bottle start" }
      : {}),
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number)
  return major > OLDEST_BWRAP[0] || (major === OLDEST_BWRAP[0] && minor >= OLDEST_BWRAP[1])
}

async function run(argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = Bun.spawn(argv, { env: {}, cwd: "/", stdio: ["ignore", "pipe", "pipe"] })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  return { exitCode, stdout, stderr }
}

function readKernelSetting(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim()
  } catch {
    // A kernel without this setting.
    return undefined
  }
}
