// The preflight for programs: `start --dry-run --json`. Pure. Its shape is a schema of contracts.

import { type CredentialedRoute, type RouteMatch, unitOf } from "@bot-bottle/contracts"
import type { LaunchPreviewJson } from "@bot-bottle/contracts/messages/launch-preview"
import type { LaunchSurvey, PreflightFacts, ResolvedLaunch } from "@bot-bottle/control"
import type { EnvValue } from "@bot-bottle/manifest"
import { credentialName } from "./preflight.ts"

export function preflightJson(facts: PreflightFacts, { hidden }: LaunchSurvey): LaunchPreviewJson {
  const { launch, label, governing, limits, resumes } = facts
  const { agent, bottle, bottles, provider, workspace, copyFolder, bindFolder } = launch
  return {
    agent: agent.name,
    agent_file: agent.file,
    bottles: [...bottles],
    label,
    provider: provider.name,
    provider_version: provider.toolchain?.version ?? null,
    backend: launch.backendName,
    image: launch.image ?? null,
    resumes: resumes?.slug ?? null,
    workspace: { kind: workspace, folder: copyFolder ?? bindFolder ?? null, hidden_entries: hidden?.count ?? null },
    limits: limits.map(({ limit, kept, by, detail }) => ({ limit, kept, by, detail })),
    env: Object.entries(bottle.env).map(([name, value]) => ({ name, from: ENV_SOURCES[value.kind] })),
    routes: launch.routes.map((route) => routeJson(route, launch)),
    observe: launch.observe,
    credentials: [
      ...[...launch.credentials].map(([name, found]) => ({ provider: name, source: found.name, fix: null })),
      ...launch.missing.map((one) => ({ provider: one.provider, source: null, fix: one.fix ?? one.hint })),
    ],
    budgets: [...governing.values()].flatMap((budget) => {
      if (budget === undefined) return []
      const { provider: name, scope, limitTokens, usedTokens, window } = budget
      return {
        provider: name,
        scope: scope.kind,
        key: scope.key,
        unit: unitOf(name),
        limit: limitTokens,
        used: usedTokens,
        window,
      }
    }),
    shutdown: launch.policy,
  }
}

const ENV_SOURCES = { literal: "bottle", host: "host", ask: "asked" } as const satisfies Record<
  EnvValue["kind"],
  LaunchPreviewJson["env"][number]["from"]
>

function routeJson(route: CredentialedRoute, launch: ResolvedLaunch): LaunchPreviewJson["routes"][number] {
  const { effect, scheme, host, port, inspect, matches, metering, origin } = route
  return {
    effect,
    scheme,
    host,
    port,
    inspect,
    matches: matches === "every" ? matches : matches.map(matchJson),
    metered_as: metering?.provider ?? null,
    credential: route.secret === undefined ? null : credentialName(route, launch),
    origin,
  }
}

/** The values of headers may be secrets. */
function matchJson({ methods, paths, headers }: RouteMatch) {
  return {
    methods: methods === "every" ? methods : [...methods],
    paths: paths === "every" ? paths : paths.map(({ type, value }) => ({ type, value })),
    headers: headers.map(({ name }) => name),
  }
}
