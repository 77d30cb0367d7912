// Before a launch: logins whose access token is about to end are renewed, and the launch gets the
// new token. A login that cannot be renewed stops the launch, with the command to run.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { FoundCredential } from "../resolve/credentials/find-credential.ts"
import type { HostLogin } from "../resolve/credentials/host-login.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { readToken, type TokenNow } from "./read-token.ts"
import { type Renewing, renewHostLogin } from "./renew-host-login.ts"

/** Throws OperatorProblem. */
export async function freshenLogins(
  launch: ResolvedLaunch,
  renewing: Omit<Renewing, "settings">,
): Promise<ResolvedLaunch> {
  let fresh = launch
  for (const { login } of launch.credentials.values()) {
    if (login?.isRenewed !== true) continue
    const token = await freshen(login, { ...renewing, settings: launch.settings })
    fresh = withToken(fresh, login, token)
  }
  return fresh
}

async function freshen(login: HostLogin, renewing: Renewing): Promise<TokenNow> {
  const before = readToken(renewing.env.root, login)
  if (before === undefined) throw cannotRenew(login, "its file holds no login any more")
  if (before.dueAtMs === undefined || Date.now() < before.dueAtMs) return before
  const hasChanged = () => readToken(renewing.env.root, login)?.digest !== before.digest
  const report = await renewHostLogin(renewing, login, { hasChanged, refused: undefined })
  const after = readToken(renewing.env.root, login)
  if (after === undefined) throw cannotRenew(login, "its file holds no login any more")
  const lastsStill = after.expiresAtMs === undefined || after.expiresAtMs > Date.now()
  if (report.outcome === "refused") throw cannotRenew(login, report.why)
  // Nobody answered, and the token still opens the provider: the run's own renewal tries again.
  if (lastsStill) return after
  throw cannotRenew(login, report.outcome === "not-now" ? report.why : "it was not renewed")
}

function cannotRenew({ source, shown }: HostLogin, why: string): OperatorProblem {
  return new OperatorProblem(`the ${source.title} in ${shown} cannot be renewed: ${why}`, {
    hint: `log in again on this host: ${source.renew}`,
  })
}

function withToken(launch: ResolvedLaunch, { id }: HostLogin, { secret, expiresAtMs }: TokenNow): ResolvedLaunch {
  const replace = (found: FoundCredential): FoundCredential => {
    if (found.login?.id !== id) return found
    const { expiresAtMs: _, ...login } = found.login
    return { ...found, secret, login: { ...login, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) } }
  }
  return {
    ...launch,
    credentials: new Map([...launch.credentials].map(([name, found]) => [name, replace(found)])),
    routes: launch.routes.map((route) =>
      route.login === id && route.secret !== undefined ? { ...route, secret } : route,
    ),
  }
}
