// Says whether a container can be a bottle here, by asking the engine; starts none.

import type { Probe, ProbeFinding } from "../../backend.ts"
import { type FindVariable, findEngine, findUnfit, readEngine } from "./engine.ts"

export async function probeDocker(find: FindVariable): Promise<Probe> {
  const engine = findEngine(find)
  if (engine === undefined) {
    return unusable({
      check: "docker",
      ok: false,
      detail: "not installed",
      fix: "install Docker; bubblewrap needs none",
    })
  }
  const result = await readEngine(engine)
  if (result.outcome === "unreachable") {
    const fix = "sudo systemctl start docker"
    return unusable({ check: "docker", ok: false, detail: result.problem, fix })
  }
  const { facts } = result
  const unfit = findUnfit(facts)
  const named = `engine ${facts.version}${facts.operatingSystem === "" ? "" : `, ${facts.operatingSystem}`}`
  if (unfit !== undefined) {
    return unusable({
      check: "docker",
      ok: false,
      detail: `${named}: ${unfit}`,
      fix: "use bubblewrap: --backend bwrap",
    })
  }
  const missing = (["memory", "pids", "cpu"] as const).filter((name) => !facts.limits.has(name))
  return {
    usable: true,
    findings: [
      { check: "docker", ok: true, detail: named },
      {
        check: "docker limits",
        ok: missing.length === 0,
        detail: missing.length === 0 ? "memory, pids, cpus are kept" : `not kept: ${missing.join(", ")}`,
        ...(missing.length === 0 ? {} : { fix: "enable these cgroup controllers on the engine's host" }),
      },
      facts.hasRunsc
        ? { check: "gVisor", ok: true, detail: "runsc is there, and used" }
        : {
            check: "gVisor",
            ok: false,
            detail: "the engine has no runtime 'runsc': bottles share the host's kernel",
            fix: "install gVisor and register it with: runsc install -- --host-uds=open",
          },
    ],
  }
}

function unusable(finding: ProbeFinding): Probe {
  return { usable: false, findings: [finding] }
}
