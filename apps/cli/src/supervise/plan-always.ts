// The change of a bottle's file that makes an approval last: the routes that the agent asked for,
// and nothing else.

import { type Ask, type HoldProposal, OperatorProblem, type Run } from "@bot-bottle/contracts"
import { allowRoute, type RouteAsk } from "@bot-bottle/manifest"
import {
  type BottleChange,
  type BottleFile,
  bottleOfRun,
  changeOf,
  loadBottleFile,
  openLibraryOf,
} from "../bottles/edit-bottle.ts"
import type { Host } from "../host.ts"

/** `bottle`: by name. `change` is undefined when the file says all of it already. */
export interface LastingPlan {
  readonly bottle: string
  readonly change: BottleChange | undefined
}

/** Throws OperatorProblem for asks that no bottle can grant, and for a host that the bottle or a parent denies. */
export function planLasting(
  host: Pick<Host, "env">,
  run: Pick<Run, "slug" | "bottles">,
  asks: readonly Ask[],
): LastingPlan {
  const library = openLibraryOf(host)
  const bottle = loadBottleFile(library, bottleOfRun(library, run))
  const wanted = asks.map(routeOf)
  let text = bottle.text
  for (const ask of wanted) {
    refuseDenied(bottle, ask)
    if (isInherited(bottle, ask)) continue
    const edited: BottleFile = { ...bottle, text }
    text = changeOf(edited, allowRoute(edited, ask))?.text ?? text
  }
  return { bottle: bottle.name, change: text === bottle.text ? undefined : { bottle, text } }
}

function routeOf(ask: Ask): RouteAsk {
  switch (ask.kind) {
    case "route": {
      const { host, methods = [], paths = [] } = ask
      return { host, methods, paths: paths.map((value) => ({ type: "prefix", value })) }
    }
    case "hold": {
      if (ask.cause === "dlp-match") break
      const { host, port, scheme } = ask
      const places = { ...(scheme === "http" ? { http: true as const } : {}), ...(isUsual(ask) ? {} : { port }) }
      return { host, methods: [], paths: [], ...places }
    }
    case "budget":
    case "tool":
      break
  }
  throw new OperatorProblem("no route of a bottle grants this", { hint: "bot-bottle edit" })
}

function isUsual({ port, scheme }: HoldProposal): boolean {
  return port === (scheme === "http" ? 80 : 443)
}

function refuseDenied(bottle: BottleFile, ask: RouteAsk): void {
  const denial = bottle.routes.find((route) => route.effect === "deny" && fits(route, ask))
  if (denial === undefined || denial.origin === `bottle ${bottle.name}`) return
  throw new OperatorProblem(`${denial.origin} denies ${ask.host}`, {
    hint: `change it there: bot-bottle edit ${denial.origin.replace(/^bottle /, "")}`,
  })
}

/** A route here would replace the inherited one with its credential and its other rules. */
function isInherited(bottle: BottleFile, ask: RouteAsk): boolean {
  const own = `bottle ${bottle.name}`
  const inherited = bottle.routes.find((route) => route.effect === "allow" && route.origin !== own && fits(route, ask))
  if (inherited === undefined) return false
  if (inherited.matches === "every") return true
  throw new OperatorProblem(`${inherited.origin} lists ${ask.host} with rules of its own`, {
    hint: `add to them there: bot-bottle edit ${inherited.origin.replace(/^bottle /, "")}`,
  })
}

function fits(route: BottleFile["routes"][number], { host, http, port }: RouteAsk): boolean {
  const scheme = http ? "http" : "https"
  return route.host === host && route.scheme === scheme && route.port === (port ?? (http ? 80 : 443))
}
