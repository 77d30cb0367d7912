// `doctor`: everything a launch needs, looked at; each failure with the command that mends it.

import { accessSync, constants } from "node:fs"
import { isToolchainInstalled } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import { checkHostRoot, type Listed, loadSettings, openManifestLibrary } from "@bot-bottle/manifest"
import { listProviders } from "@bot-bottle/providers"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { describeSources, findCredentialName, wayToGive } from "../launch/find-credential.ts"
import { findRepoFolder } from "../launch/repo-folder.ts"
import { readUpstreamCa } from "../launch/system-roots.ts"
import { executableOf } from "../launch/toolchain.ts"
import { BACKEND_NAMES, openBackend } from "../open-backend.ts"

export interface Check {
  readonly check: string
  /** `broken` stops launches; `note` is worth knowing. */
  readonly state: "ok" | "broken" | "note"
  readonly detail: string
  readonly fix?: string
  /** The launch has nothing to isolate with. */
  readonly isolation?: true
}

export async function runDoctor(host: Host, flags: { readonly json?: boolean }): Promise<number> {
  const checks = [
    ...(await checkIsolation(host)),
    ...checkFiles(host),
    ...checkCredentials(host),
    ...checkToolchains(host),
    await checkLedger(host),
  ]
  if (flags.json)
    host.screen.print(JSON.stringify({ ok: exitCodeOf(checks) === 0, checks: checks.map(checkJson) }, null, 2))
  else for (const line of checks.flatMap((check) => describeCheck(host, check))) host.screen.print(line)
  return exitCodeOf(checks)
}

export function exitCodeOf(checks: readonly Check[]): number {
  const broken = checks.filter(({ state }) => state === "broken")
  if (broken.some(({ isolation }) => isolation === true)) return 3
  return broken.length > 0 ? 1 : 0
}

/** What isolates by default stops launches when it is broken; another backend is worth knowing about. */
async function checkIsolation({ env }: Host): Promise<readonly Check[]> {
  const chosen = defaultBackend(env.root)
  const found = BACKEND_NAMES.map(async (name) => {
    const { usable, findings } = await openBackend(name, env).probe()
    return findings.map(({ check, ok, detail, fix }): Check => {
      const stops = !ok && !usable && name === chosen
      return {
        check,
        // A finding of a usable backend costs something, but does not stop it.
        state: ok ? "ok" : stops ? "broken" : "note",
        detail: ok || usable || name === chosen ? detail : `${detail}; needed for --backend ${name} only`,
        ...(fix === undefined ? {} : { fix }),
        ...(stops ? { isolation: true as const } : {}),
      }
    })
  })
  return (await Promise.all(found)).flat()
}

function defaultBackend(root: string): string {
  try {
    return loadSettings(root).backend ?? "bwrap"
  } catch {
    // Settings that do not parse are a finding of their own.
    return "bwrap"
  }
}

function checkFiles({ env }: Host): readonly Check[] {
  return [
    attempt("host folder", () => {
      checkHostRoot(env.root)
      return env.root
    }),
    attempt("settings.yml", () => {
      const { upstreamCa } = loadSettings(env.root)
      if (upstreamCa === undefined) return "parses"
      readUpstreamCa(upstreamCa)
      return `parses; upstream_ca ${upstreamCa} is readable`
    }),
    ...attemptAll("manifests", () => {
      const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
      const agents = library.listAgents()
      const bottles = library.listBottles()
      return [
        ...[...agents, ...bottles].flatMap(describeBroken),
        ...library.warnings.map((warning): Check => ({ check: "manifests", state: "note", detail: warning })),
        agents.length + bottles.length === 0
          ? { check: "manifests", state: "note", detail: "no agents and no bottles yet", fix: "bot-bottle init" }
          : {
              check: "manifests",
              state: "ok",
              detail: `${count(agents.length, "agent")}, ${count(bottles.length, "bottle")}`,
            },
      ]
    }),
  ]
}

/** A broken manifest stops only the launch that uses it. */
function describeBroken(entry: Listed<unknown>): readonly Check[] {
  if (entry.outcome === "parsed") return []
  return entry.problems.map(({ file, line, message, hint }) => ({
    check: `manifest ${entry.name}`,
    state: "broken",
    detail: `${file}${line === undefined ? "" : `:${line}`}: ${message}`,
    ...(hint === undefined ? {} : { fix: hint }),
  }))
}

function checkCredentials({ env }: Host): readonly Check[] {
  return listProviders()
    .filter(({ credentials }) => credentials.length > 0)
    .map((provider) => {
      const check = `credential ${provider.name}`
      const found = findCredentialName(provider, env.find)
      if (found !== undefined) return { check, state: "ok", detail: found }
      return {
        check,
        state: "note",
        detail: `not found: ${describeSources(provider, env.find)}`,
        fix: wayToGive(provider),
      }
    })
}

function checkToolchains({ env }: Host): readonly Check[] {
  return listProviders().flatMap(({ name, toolchain }) => {
    if (toolchain === undefined) return []
    const installed = isToolchainInstalled({
      root: env.root,
      provider: name,
      ...toolchain,
      executable: executableOf(toolchain),
    })
    const what = `${toolchain.npmPackage} ${toolchain.version}`
    return [
      {
        check: `toolchain ${name}`,
        state: installed ? "ok" : "note",
        detail: installed ? what : `${what} will be installed by the first start`,
      },
    ]
  })
}

async function checkLedger(host: Host): Promise<Check> {
  try {
    accessSync(host.env.root, constants.W_OK)
  } catch {
    return { check: "ledger", state: "note", detail: "no host folder yet", fix: "bot-bottle init" }
  }
  try {
    using ledger = await openHostLedger(host)
    const verdict = await ledger.verifyAudit()
    if (verdict.outcome === "intact")
      return { check: "ledger", state: "ok", detail: `opens; audit intact, ${verdict.rows} rows` }
    return {
      check: "ledger",
      state: "broken",
      detail: `audit broken at row ${verdict.seq}: ${verdict.problem}`,
      fix: "restore bot-bottle.db and audit-head together from a backup",
    }
  } catch (error) {
    return failed("ledger", error)
  }
}

function attempt(check: string, look: () => string): Check {
  try {
    return { check, state: "ok", detail: look() }
  } catch (error) {
    return failed(check, error)
  }
}

function attemptAll(check: string, look: () => readonly Check[]): readonly Check[] {
  try {
    return look()
  } catch (error) {
    return [failed(check, error)]
  }
}

function failed(check: string, error: unknown): Check {
  const hint = error instanceof OperatorProblem ? error.hint : undefined
  const detail = error instanceof Error ? error.message : String(error)
  return { check, state: "broken", detail, ...(hint === undefined ? {} : { fix: hint }) }
}

function checkJson({ check, state, detail, fix }: Check) {
  return { check, state, detail, fix: fix ?? null }
}

function describeCheck({ screen }: Host, { check, state, detail, fix }: Check): readonly string[] {
  const marks = {
    ok: screen.paint.named("green", "ok    "),
    broken: screen.paint.named("red", "BROKEN"),
    note: screen.paint.dim("note  "),
  }
  return [
    `${marks[state]}  ${check}: ${detail}`,
    ...(fix === undefined || state === "ok" ? [] : [`        fix: ${fix}`]),
  ]
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`
}
