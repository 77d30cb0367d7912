// Looks at everything a start needs. Each failure carries the command that fixes it.

import { existsSync } from "node:fs"
import { BACKEND_NAMES, listHiddenTools, openBackend } from "@bot-bottle/bottle"
import { formatCounted, OperatorProblem } from "@bot-bottle/contracts"
import {
  findRepoFolder,
  type HostLookups,
  type ListedLogin,
  listHostLogins,
  loadHostLookups,
  openHostLedger,
} from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import {
  type AgentProviderSpec,
  checkHostRoot,
  checkHostRootWritable,
  type Listed,
  loadPrices,
  loadSettings,
  openManifestLibrary,
  shownPath,
} from "@bot-bottle/manifest"
import { listConfiguredProviders, listProviders } from "@bot-bottle/providers"
import { isToolchainInstalled } from "@bot-bottle/run-state"
import type { Host } from "../host.ts"
import { ledgerHost } from "../ledger-host.ts"
import { describeLogin } from "../messages/describe-login.ts"
import { describeMissingTools } from "../messages/describe-survey.ts"
import { type Check, type CheckGroup, SET_UP } from "./report.ts"

export async function runChecks(host: Host): Promise<readonly CheckGroup[]> {
  const lookups = await loadHostLookups()
  return [
    { title: "Isolation", checks: [...(await checkIsolation(host)), ...checkTools(host)] },
    { title: "Files", checks: [...checkFiles(host, lookups), await checkLedger(host)] },
    { title: "Credentials", checks: [...checkCredentials(host, lookups), ...(await checkLogins(host, lookups))] },
    { title: "Agents", checks: checkToolchains(host, lookups) },
  ]
}

/** A broken default backend stops launches; a broken other backend is only worth knowing. */
async function checkIsolation({ env }: Host): Promise<readonly Check[]> {
  const chosen = defaultBackend(env.root)
  const found = BACKEND_NAMES.map(async (name) => {
    const { usable, findings } = await (await openBackend(name, env)).probe()
    return findings.map(({ check, ok, detail, isOptional, fix }): Check => {
      const stops = !ok && !usable && name === chosen && isOptional !== true
      return {
        check,
        // A finding of a usable backend costs something, but does not stop it.
        state: ok ? "ok" : stops ? "fail" : "note",
        detail: ok || usable || name === chosen ? detail : `only for --backend ${name}: ${detail}`,
        ...(fix === undefined ? {} : { fix }),
        ...(stops ? { isolation: true as const } : {}),
      }
    })
  })
  return (await Promise.all(found)).flat()
}

/** Said before an agent misses one. */
function checkTools({ env }: Host): readonly Check[] {
  const hidden = listHiddenTools(env.path)
  if (hidden.length === 0) return []
  return [
    {
      check: "tools",
      state: "note",
      detail: describeMissingTools(hidden),
      fix: "install them below /usr, or let the agent install them in its home",
    },
  ]
}

function defaultBackend(root: string): string {
  try {
    return loadSettings(root).backend ?? "bwrap"
  } catch {
    // Settings that do not parse are a finding of their own.
    return "bwrap"
  }
}

function checkFiles({ env }: Host, { readUpstreamCa }: HostLookups): readonly Check[] {
  return [
    attempt("host folder", () => {
      checkHostRoot(env.root)
      checkHostRootWritable(env.root)
      return shownPath(env.root)
    }),
    attempt("settings.yml", () => {
      const settings = loadSettings(env.root)
      if (readUpstreamCa(settings) === undefined) return "parses"
      return `parses; upstream_ca ${settings.upstreamCa} is readable`
    }),
    ...attemptAll("prices.yml", () => {
      const prices = loadPrices(env.root)
      if (prices.length === 0) return []
      return [{ check: "prices.yml", state: "ok", detail: `${formatCounted(prices.length, "price")} of your own` }]
    }),
    ...attemptAll("manifests", () => {
      const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
      const agents = library.listAgents()
      const bottles = library.listBottles()
      const broken = [...agents, ...bottles].flatMap(describeBroken)
      return [
        ...broken,
        ...library.warnings.map((warning): Check => ({ check: "manifests", state: "note", detail: warning })),
        agents.length + bottles.length === 0
          ? { check: "manifests", state: "note", detail: "no agents and no bottles yet", fix: SET_UP }
          : {
              check: "manifests",
              state: "ok",
              detail: `${countParsed(agents, "agent")}, ${countParsed(bottles, "bottle")}`,
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
    state: "fail",
    detail: `${shownPath(file)}${line === undefined ? "" : `:${line}`}: ${message}${hint === undefined ? "" : `; ${hint}`}`,
    fix: `bot-bottle edit ${entry.name}`,
  }))
}

/** A provider that a bottle names and that has no credential stops that bottle's starts. */
function checkCredentials({ env }: Host, { describeSources, findCredentialName }: HostLookups): readonly Check[] {
  const inUse = listProvidersInUse(env)
  return listConfiguredProviders()
    .filter(({ credentials }) => credentials.length > 0)
    .map((provider) => {
      const check = `credential ${provider.name}`
      const found = findCredentialName(provider, env.findSecret)
      if (found !== undefined) return { check, state: "ok", detail: found }
      if (!inUse.has(provider.name)) return { check, state: "note", detail: "none; no bottle needs one" }
      return {
        check,
        state: "fail",
        detail: `none: looked for ${describeSources(provider, env.findSecret)}`,
        fix: `bot-bottle login ${provider.name}`,
      }
    })
}

/** A login that no run can use stops those that would take it. */
async function checkLogins({ env }: Host, { findCredentialName }: HostLookups): Promise<readonly Check[]> {
  const inUse = listProvidersInUse(env)
  const isTaken = ({ provider, shown }: ListedLogin) => {
    const found = listConfiguredProviders().find(({ name }) => name === provider)
    return inUse.has(provider) && found !== undefined && findCredentialName(found, env.findSecret) === shown
  }
  const logins = await listHostLogins(env)
  return logins.map((login): Check => {
    const check = `login ${login.provider}${login.name === undefined ? "" : ` '${login.name}'`}`
    const { problem } = login
    if (problem === undefined)
      return { check, state: "ok", detail: [login.shown, describeLogin(login, Date.now())].filter(Boolean).join(": ") }
    return { check, state: isTaken(login) ? "fail" : "note", detail: problem.why, fix: problem.fix }
  })
}

/** Templates of the bottles that take the provider's own credential. Broken bottles are named elsewhere. */
function listProvidersInUse({ root, cwd }: Host["env"]): ReadonlySet<string> {
  try {
    const library = openManifestLibrary({ root, repoFolder: findRepoFolder(cwd) })
    const parsed = library.listBottles().filter(({ outcome }) => outcome === "parsed")
    const specs = parsed.map(({ name }) => library.loadBottles([name]).agentProvider)
    const isOwn = ({ tokenRef, login, tokenCmd, settings }: AgentProviderSpec) =>
      (tokenRef ?? login ?? tokenCmd ?? settings?.tokenRef) === undefined
    return new Set(specs.filter(isOwn).map(({ template }) => template))
  } catch (error) {
    if (error instanceof OperatorProblem) return new Set()
    throw error
  }
}

function checkToolchains({ env }: Host, { executableOf }: HostLookups): readonly Check[] {
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
  if (!existsSync(host.env.root)) return { check: "ledger", state: "note", detail: "no host folder yet", fix: SET_UP }
  try {
    await using ledger = await openHostLedger(ledgerHost(host))
    return await checkAudit(ledger)
  } catch (error) {
    return failed("ledger", error)
  }
}

async function checkAudit(ledger: Ledger): Promise<Check> {
  try {
    const verdict = await ledger.verifyAudit()
    if (verdict.outcome === "intact")
      return {
        check: "ledger",
        state: "ok",
        detail: `opens; audit intact, ${formatCounted(verdict.rows, "row")}`,
      }
    return {
      check: "ledger",
      state: "fail",
      startsAnyway: true,
      detail: `audit broken at row ${verdict.seq}: ${verdict.problem}`,
      fix: "restore bot-bottle.db and audit-head together from a backup",
    }
  } catch (error) {
    // A host's own ledger that cannot be read stops a start.
    if (ledger.fleet?.trouble === undefined) throw error
    const { detail: problem, fix } = failed("ledger", error)
    const detail = `${problem}; runs start, and spend what this host has of shared budgets`
    return { check: "ledger", state: "note", detail, ...(fix === undefined ? {} : { fix }) }
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
  return { check, state: "fail", detail, ...(hint === undefined ? {} : { fix: hint }) }
}

function countParsed(entries: readonly Listed<unknown>[], noun: string): string {
  return formatCounted(entries.filter(({ outcome }) => outcome === "parsed").length, noun)
}
