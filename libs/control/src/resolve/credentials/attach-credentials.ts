// Joins the manifest's routes with the providers' into the one table the proxy obeys, and attaches
// credentials. A manifest's route for a host wins over a provider's. A manifest cannot change the
// account that is billed for a host.
//
//   INV-43  Every route to a host that a provider bills is metered, whoever wrote the route.

import {
  type CredentialedRoute,
  type Dlp,
  type Metering,
  OperatorProblem,
  type ProviderName,
  type Route,
  siteOf,
} from "@bot-bottle/contracts"
import type { PlacedRoute } from "@bot-bottle/manifest"
import type { Provider } from "@bot-bottle/providers"
import { type FindVariable, type FoundCredential, loadNamedSecret, type MissingCredential } from "./find-credential.ts"

export interface RouteSources {
  readonly manifest: readonly PlacedRoute[]
  /** The bottle's word for every route that has none of its own. */
  readonly dlp?: Dlp | undefined
  /** Providers this run meters; `harness` may add routes without being metered itself. */
  readonly harness: Provider
  readonly metered: readonly Provider[]
  /** Every provider this build knows: what marks a host as billed. */
  readonly known: readonly Provider[]
  readonly credentials: ReadonlyMap<ProviderName, FoundCredential>
  /** Of a preview: their routes are shown without a credential. */
  readonly missing: readonly MissingCredential[]
  readonly find: FindVariable
}

export function attachCredentials(sources: RouteSources): readonly CredentialedRoute[] {
  const { manifest, harness, metered, known, credentials, missing, find } = sources
  const billed = new Map(known.flatMap((provider) => provider.routes).flatMap(billedHost))
  const offered = [...new Set([harness, ...metered])].flatMap((provider) =>
    provider.routes.flatMap((route) =>
      attachToProviderRoute(route, credentials.get(route.metering?.provider ?? provider.name)),
    ),
  )

  const renewals = [...credentials.values()].flatMap(answerRenewals)
  refuseTwoBills(offered)
  const free = new Set([
    ...metered.filter((one) => one.isCredentialFree === true).map(({ name }) => name),
    ...missing.map(({ provider }) => provider),
  ])
  const own = manifest.map((spec) =>
    attachToManifestRoute(spec, { metering: billed.get(spec.host), offered, free, find }),
  )
  const claimed = new Set(manifest.filter(({ effect }) => effect === "allow").map(siteOf))
  // A refresh must never leave the bottle, whatever a manifest says of its host: the placeholder would be refused.
  const routes = [...renewals, ...own, ...offered.filter((route) => !claimed.has(siteOf(route)))]
  for (const spec of manifest) refuseHiddenBill(spec, routes, billed)
  return sources.dlp === undefined ? routes : routes.map((route) => lookedInto(route, sources.dlp))
}

function lookedInto(route: CredentialedRoute, dlp: Dlp | undefined): CredentialedRoute {
  if (route.effect === "deny" || !route.inspect || route.dlp !== undefined || dlp === undefined) return route
  return { ...route, dlp }
}

/** One bill has one budget. */
function refuseTwoBills(offered: readonly CredentialedRoute[]): void {
  const first = new Map<string, CredentialedRoute>()
  for (const route of offered) {
    const other = first.get(siteOf(route))
    if (other !== undefined && other.metering?.provider !== route.metering?.provider) {
      throw new OperatorProblem(`${route.host} would be billed by both ${other.origin} and ${route.origin}`, {
        hint: "take one of them out of the bottle's meters",
      })
    }
    first.set(siteOf(route), route)
  }
}

/** A wildcard speaks for each host below it that has no route of its own. */
function refuseHiddenBill(
  { host, port, scheme, effect, at }: PlacedRoute,
  routes: readonly CredentialedRoute[],
  billed: ReadonlyMap<string, Metering>,
): void {
  if (effect === "deny" || !host.startsWith("*.")) return
  for (const [name, { provider }] of billed) {
    const place = { host: name, port, scheme }
    const speaksForItself = routes.some((route) => route.effect === "allow" && siteOf(route) === siteOf(place))
    if (!name.endsWith(host.slice(1)) || speaksForItself) continue
    throw new OperatorProblem(`${at}: ${host} covers ${name}, which provider '${provider}' bills`, {
      hint: `give ${name} a route of its own with 'auth', or add '${provider}' to the bottle's meters`,
    })
  }
}

interface AttachOptions {
  readonly metering: Metering | undefined
  /** The providers' routes. */
  readonly offered: readonly CredentialedRoute[]
  /** Providers whose servers take no credential, as the operator said, or whose credential a preview misses. */
  readonly free: ReadonlySet<ProviderName>
  readonly find: FindVariable
}

function attachToManifestRoute(
  { tokenRef, at, ...route }: PlacedRoute,
  { metering, offered, free, find }: AttachOptions,
): CredentialedRoute {
  if (route.effect === "deny") return route
  const provided = offered.find((other) => siteOf(other) === siteOf(route))
  if (metering !== undefined && (!route.inspect || (route.scheme === "http" && provided === undefined))) {
    throw new OperatorProblem(
      `${at}: ${route.host} is billed by provider '${metering.provider}' and must be inspected`,
      {
        hint: "remove 'inspect: false' or 'http: true' from the route",
      },
    )
  }
  if (tokenRef !== undefined) {
    return { ...route, ...meteredAs(metering), secret: loadNamedSecret({ name: tokenRef, at }, find) }
  }
  const isOpen = provided !== undefined && metering !== undefined && free.has(metering.provider)
  if (metering !== undefined && provided?.secret === undefined && !isOpen) {
    throw new OperatorProblem(
      `${at}: ${route.host} is billed by provider '${metering.provider}' but the route has no credential`,
      {
        hint: `add 'auth' to the route, or '${metering.provider}' to the bottle's meters`,
      },
    )
  }
  const credential = provided === undefined ? {} : { ...injectionOf(provided), ...secretOf(provided) }
  return { ...route, ...meteredAs(metering), ...credential }
}

/** Judged inside the tunnel, since it speaks of paths. */
const NOTHING_PASSES: Pick<Route, "effect" | "matches"> = {
  effect: "deny",
  matches: [{ methods: "every", paths: [{ type: "prefix", value: "/" }], headers: [] }],
}

/**
 * A host that the credential does not open gets rows that let nothing through. Without them its tunnel is refused,
 * and Codex asks for another tunnel for ten seconds before it begins; an answer inside the tunnel it takes at once.
 */
function attachToProviderRoute(route: Route, credential: FoundCredential | undefined): readonly CredentialedRoute[] {
  if (credential === undefined || !route.inspect || route.metering === undefined) return [route]
  if (credential.hosts?.includes(route.host) === false) return [route, { ...route, ...NOTHING_PASSES }]
  const { injection, secret, login } = credential
  return [{ ...route, injection, secret, ...(login?.isRenewed === true ? { login: login.id } : {}) }]
}

/** The harness in the bottle may ask to renew its placeholder, and gets it again. */
function answerRenewals({ login, held }: FoundCredential): readonly CredentialedRoute[] {
  const renewal = login?.source.renewal
  if (login === undefined || renewal === undefined) return []
  const { host, path } = renewal
  return [
    {
      host,
      port: 443,
      scheme: "https",
      effect: "allow",
      inspect: true,
      matches: [{ methods: ["POST"], paths: [{ type: "exact", value: path }], headers: [] }],
      origin: `login of ${login.provider}`,
      login: login.id,
      ownAnswer: renewal.placeholderAnswer(held.details ?? {}),
    },
  ]
}

function billedHost(route: Route): readonly (readonly [string, Metering])[] {
  return route.metering === undefined ? [] : [[route.host, route.metering]]
}

function meteredAs(metering: Metering | undefined): Pick<Route, "metering"> {
  return metering === undefined ? {} : { metering }
}

function injectionOf({ injection }: Route): Pick<Route, "injection"> {
  return injection === undefined ? {} : { injection }
}

function secretOf({ secret, login }: CredentialedRoute): Pick<CredentialedRoute, "secret" | "login"> {
  return { ...(secret === undefined ? {} : { secret }), ...(login === undefined ? {} : { login }) }
}
