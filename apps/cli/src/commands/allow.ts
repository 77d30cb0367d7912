// `allow` and `deny`: change one host in a bottle's file. The operator sees the lines that
// change and says yes; running runs of the bottle are reloaded.

import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { OperatorProblem, type Run, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { findRepoFolder, openHostLedger } from "@bot-bottle/control"
import {
  allowRoute,
  asOperatorProblem,
  denyRoute,
  listChanges,
  type ManifestLibrary,
  openManifestLibrary,
  type RouteAsk,
  type RouteEdit,
  type RouteSpec,
  shownPath,
} from "@bot-bottle/manifest"
import { chooseRun } from "../choose-run/choose-run.ts"
import type { Host } from "../host.ts"
import { quoteCommand } from "../terminal/command-words.ts"
import { confirmWrite } from "../terminal/confirm-write.ts"

export interface RouteFlags {
  readonly method?: readonly string[]
  readonly path?: string
  readonly yes?: boolean
}

export async function runAllow(host: Host, target: string, place: string, flags: RouteFlags): Promise<number> {
  const asked = readAsk(place, flags)
  return changeRoutes(host, target, flags, quoteCommand(["bot-bottle", "allow", target, place, "--yes"]), (bottle) => {
    const inherited = bottle.routes.find((route) => fits(route, asked) && route.origin !== `bottle ${bottle.name}`)
    if (inherited !== undefined) refuseInherited(inherited, asked)
    return allowRoute(bottle, asked)
  })
}

export async function runDeny(host: Host, target: string, place: string, flags: RouteFlags): Promise<number> {
  const asked = readAsk(place, flags)
  return changeRoutes(host, target, flags, quoteCommand(["bot-bottle", "deny", target, place, "--yes"]), (bottle) => {
    const isInherited = bottle.routes.some((route) => fits(route, asked) && route.origin !== `bottle ${bottle.name}`)
    return denyRoute(bottle, asked, { isInherited })
  })
}

interface TargetBottle {
  readonly name: string
  readonly file: string
  readonly text: string
  readonly providers: ManifestLibrary["providers"]
  /** Composed with its ancestors. */
  readonly routes: readonly RouteSpec[]
}

async function changeRoutes(
  host: Host,
  target: string,
  { yes }: RouteFlags,
  without: string,
  decide: (bottle: TargetBottle) => RouteEdit,
): Promise<number> {
  const { env, screen } = host
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  const name = await findBottleName(host, library, target)
  const file = library.findFiles(name).find(({ kind }) => kind === "bottle")?.file
  if (file === undefined) throw new OperatorProblem(`unknown bottle '${name}'`, { hint: "see 'bot-bottle info'" })
  const text = readFileSync(file, "utf8")
  const edit = decide({ name, file, text, providers: library.providers, routes: library.loadBottles([name]).routes })
  switch (edit.outcome) {
    case "broken":
      throw asOperatorProblem(edit.problems)
    case "denied-here":
      throw new OperatorProblem(`${shownPath(file)}:${edit.line} denies this host`, {
        hint: `remove that rule: bot-bottle edit ${name}`,
      })
    case "unchanged":
      screen.print(`${name}: unchanged`)
      return 0
    case "edited":
      break
  }

  screen.print(shownPath(file))
  for (const { sign, line, text: shown } of listChanges(text, edit.text)) {
    const color = sign === "+" ? "green" : "red"
    screen.print(screen.paint.named(color, `  ${sign} ${String(line).padStart(3)}  ${sanitizeLine(shown)}`))
  }
  if (!(await confirmWrite(screen, { given: yes === true, question: "Write it?", without }))) return 0
  replaceFile(file, text, edit.text)
  return reloadRunsOf(host, name)
}

/** A bottle of that name, or the bottle that a run was started with last. */
async function findBottleName(host: Host, library: ManifestLibrary, target: string): Promise<string> {
  const bottles = library.listBottles().map(({ name }) => name)
  if (bottles.includes(target)) return target
  const slug = await chooseRun(host, target, { live: false }).catch((error: unknown) => {
    if (!(error instanceof OperatorProblem)) throw error
    throw new OperatorProblem(`unknown bottle or run '${target}'`, {
      hint: bottles.length === 0 ? "bot-bottle init" : `bottles: ${bottles.join(", ")}; runs: bot-bottle list --all`,
    })
  })
  await using ledger = await openHostLedger(host)
  const name = slug === undefined ? undefined : (await ledger.findRun(slug))?.bottles.at(-1)
  if (name !== undefined && bottles.includes(name)) return name
  throw new OperatorProblem(`run '${target}' has no bottle file any more`, { hint: `bottles: ${bottles.join(", ")}` })
}

function readAsk(place: string, { method, path }: RouteFlags): RouteAsk {
  const [, host = "", port] = /^(.+?)(?::(\d{1,5}))?$/.exec(place) ?? []
  if (host === "" || place.includes("/")) {
    throw new OperatorProblem(`'${place}' is not a host name`, {
      exitCode: 2,
      hint: "for example: bot-bottle allow dev api.example.com --method GET --path /v1/",
    })
  }
  if (path !== undefined && !path.startsWith("/")) {
    throw new OperatorProblem(`invalid --path '${path}': a path starts with /`, { exitCode: 2 })
  }
  const methods = (method ?? []).map((name) => name.toUpperCase())
  return {
    host,
    methods,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(path === undefined ? {} : { path }),
  }
}

function fits({ host, port, scheme }: RouteSpec, asked: RouteAsk): boolean {
  return host === asked.host.toLowerCase() && scheme === "https" && port === (asked.port ?? 443)
}

/** A route here would replace the inherited one with its credential and its other rules. */
function refuseInherited({ origin, effect }: RouteSpec, { host }: RouteAsk): never {
  const parent = origin.startsWith("bottle ") ? origin.slice("bottle ".length) : undefined
  throw new OperatorProblem(
    `${origin} has a route for ${host} already${effect === "deny" ? ": it denies the host" : ""}`,
    {
      hint: parent === undefined ? "see 'bot-bottle info'" : `change it there: bot-bottle edit ${parent}`,
    },
  )
}

/** Atomic; refuses to overwrite an edit made meanwhile. */
function replaceFile(file: string, before: string, after: string): void {
  if (readFileSync(file, "utf8") !== before) {
    throw new OperatorProblem(`${shownPath(file)} has changed meanwhile`, { hint: "run the command again" })
  }
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, after, { mode: statSync(file).mode & 0o777, flag: "wx" })
  renameSync(draft, file)
}

async function reloadRunsOf(host: Host, bottle: string): Promise<number> {
  const slugs = await listRunningIn(host, bottle)
  const { runReload } = await import("./reload.ts")
  let exitCode = 0
  for (const slug of slugs) {
    try {
      await runReload(host, slug)
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error
      exitCode = 1
      host.screen.note(`bot-bottle: error: ${error.message}`)
    }
  }
  if (slugs.length === 0) host.screen.print(`${bottle}: written; it holds from the next start`)
  return exitCode
}

async function listRunningIn(host: Host, bottle: string): Promise<readonly Slug[]> {
  await using ledger = await openHostLedger(host)
  const uses = ({ bottles, ancestors }: Run) => bottles.includes(bottle) || ancestors.includes(bottle)
  return (await ledger.listRuns({ all: false }))
    .filter((run) => run.host === ledger.host && isRunning(run))
    .filter(uses)
    .map(({ slug }) => slug)
}

function isRunning({ status }: Run): boolean {
  return status === "running" || status === "cut"
}
