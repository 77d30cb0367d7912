// `allow` and `deny`: change one host in a bottle's file. The operator sees the lines that
// change and says yes; running runs of the bottle are reloaded.

import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"
import { openHostLedger } from "@bot-bottle/control"
import {
  allowRoute,
  denyRoute,
  findHostProblem,
  type ManifestLibrary,
  type RouteAsk,
  type RouteEdit,
  type RouteSpec,
} from "@bot-bottle/manifest"
import {
  type BottleFile,
  bottleOfRun,
  changeOf,
  loadBottleFile,
  openLibraryOf,
  reloadRunsOf,
  showChange,
  writeChange,
} from "../../bottles/edit-bottle.ts"
import { chooseRun } from "../../choose-run/choose-run.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"

export interface RouteFlags {
  readonly method?: readonly string[]
  readonly path?: string
  readonly exact?: boolean
  readonly http?: boolean
  readonly yes?: boolean
}

export async function runAllow(host: Host, target: string, place: string, flags: RouteFlags): Promise<number> {
  const asked = readAsk(place, flags)
  const words = { without: allowCommand(target, place, flags), unchanged: `it allows ${place} already` }
  return changeRoutes(host, target, flags, words, (bottle) => {
    const inherited = bottle.routes.find((route) => fits(route, asked) && route.origin !== `bottle ${bottle.name}`)
    if (inherited !== undefined) refuseInherited(inherited, asked)
    return allowRoute(bottle, asked)
  })
}

export async function runDeny(host: Host, target: string, place: string, flags: RouteFlags): Promise<number> {
  const asked = readAsk(place, flags)
  const without = quoteCommand(["bot-bottle", "deny", target, place, "--yes"])
  return changeRoutes(host, target, flags, { without, unchanged: `it has no route for ${place}` }, (bottle) => {
    const isInherited = bottle.routes.some((route) => fits(route, asked) && route.origin !== `bottle ${bottle.name}`)
    return denyRoute(bottle, asked, { isInherited })
  })
}

/** With every flag: without one it would allow more than was asked for. */
function allowCommand(target: string, place: string, { method = [], path, exact, http }: RouteFlags): string {
  return quoteCommand([
    "bot-bottle",
    "allow",
    target,
    place,
    ...method.flatMap((name) => ["--method", name]),
    ...(path === undefined ? [] : ["--path", path]),
    ...(exact === true ? ["--exact"] : []),
    ...(http === true ? ["--http"] : []),
    "--yes",
  ])
}

async function changeRoutes(
  host: Host,
  target: string,
  { yes }: RouteFlags,
  { without, unchanged }: { readonly without: string; readonly unchanged: string },
  decide: (bottle: BottleFile) => RouteEdit,
): Promise<number> {
  const { screen } = host
  const library = openLibraryOf(host)
  const bottle = loadBottleFile(library, await findBottleName(host, library, target))
  const change = changeOf(bottle, decide(bottle))
  if (change === undefined) {
    screen.print(`${bottle.name}: unchanged, ${unchanged}`)
    return 0
  }
  showChange(screen, change)
  if (!(await confirmWrite(screen, { given: yes === true, question: "Write it?", without }))) return 0
  writeChange(change)
  return reloadRunsOf(host, bottle.name)
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
  await using ledger = await openHostLedger(ledgerHost(host))
  const run = slug === undefined ? undefined : await ledger.findRun(slug)
  return bottleOfRun(library, run ?? { slug: target, bottles: [] })
}

function readAsk(place: string, { method, path, exact, http }: RouteFlags): RouteAsk {
  const hint = "for example: bot-bottle allow dev api.example.com --method GET --path /v1/"
  const [, host = "", port] = /^(.+?)(?::(\d+))?$/.exec(place) ?? []
  if (host === "" || place.includes("/"))
    throw new OperatorProblem(`'${place}' is not a host name`, { exitCode: 2, hint })
  const problem = findHostProblem(host)
  if (problem !== undefined) throw new OperatorProblem(problem, { exitCode: 2, hint })
  if (port !== undefined && !isPort(Number(port)))
    throw new OperatorProblem(`'${port}' is not a port`, { exitCode: 2, hint: "give a number from 1 to 65535" })
  if (path !== undefined && !path.startsWith("/")) {
    throw new OperatorProblem(`invalid --path '${path}': a path starts with /`, { exitCode: 2 })
  }
  if (exact === true && path === undefined) {
    throw new OperatorProblem("--exact needs --path", { exitCode: 2, hint: "give the whole path with --path" })
  }
  const methods = (method ?? []).map((name) => name.toUpperCase())
  const odd = methods.find((name) => !METHOD.test(name))
  if (odd !== undefined)
    throw new OperatorProblem(`invalid --method '${odd}'`, { exitCode: 2, hint: "for example: --method GET" })
  return {
    host,
    methods,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(http === true ? { http: true as const } : {}),
    paths: path === undefined ? [] : [{ type: exact === true ? "exact" : "prefix", value: path }],
  }
}

const METHOD = /^[A-Z]+$/

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}

function fits({ host, port, scheme }: RouteSpec, asked: RouteAsk): boolean {
  const wanted = asked.http === true ? "http" : "https"
  return (
    host === asked.host.toLowerCase() && scheme === wanted && port === (asked.port ?? (wanted === "http" ? 80 : 443))
  )
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
