// The credential that a bottle names in place of its provider's usual one.

import { OperatorProblem } from "@bot-bottle/contracts"
import { type BottleManifest, placeOfValue } from "@bot-bottle/manifest"
import type { Provider } from "@bot-bottle/providers"
import type { WantedCredential } from "./find-credential.ts"

/** A credential that no provider takes must not go to another one. */
export function checkAuth({ name, isCredentialFree }: Provider, bottle: BottleManifest): void {
  const { tokenRef, login, tokenCmd } = bottle.agentProvider
  const named = { token_ref: tokenRef, login, token_cmd: tokenCmd }
  const key = Object.entries(named).find(([, value]) => value !== undefined)?.[0]
  if (isCredentialFree !== true || key === undefined) return
  throw new OperatorProblem(
    `${placeOfValue(bottle, `agent_provider.auth.${key}`)}: '${key}' names a credential, and provider '${name}' uses none`,
    { hint: "take 'auth' out of 'agent_provider'" },
  )
}

/** The credential that the manifest names, for the provider it names it for. */
export function wantedBy(provider: Provider, isMain: boolean, bottle: BottleManifest): WantedCredential | undefined {
  const { settings, tokenRef, login, tokenCmd } = bottle.agentProvider
  const inSettings = provider.configure === undefined ? undefined : settings?.tokenRef
  if (inSettings !== undefined)
    return { kind: "variable", name: inSettings, at: placeOfValue(bottle, "agent_provider.settings.token_ref") }
  if (!isMain) return undefined
  if (login !== undefined) return { kind: "login", name: login, at: placeOfValue(bottle, "agent_provider.auth.login") }
  if (tokenCmd !== undefined)
    return { kind: "command", argv: tokenCmd, at: placeOfValue(bottle, "agent_provider.auth.token_cmd") }
  if (tokenRef === undefined) return undefined
  return { kind: "variable", name: tokenRef, at: placeOfValue(bottle, "agent_provider.auth.token_ref") }
}
