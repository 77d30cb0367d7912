// Which providers a bottle's launch talks to: its harness and what it meters, configured as the bottle
// says.

import { OperatorProblem, type ProviderName } from "@bot-bottle/contracts"
import { type BottleManifest, placeOfValue } from "@bot-bottle/manifest"
import { findProvider, listProviders, type Provider } from "@bot-bottle/providers"
import { wantedBy } from "./credentials/wanted-credential.ts"
import { findPlugin } from "./load-plugin.ts"

/** The harness of a bottle, and the providers that it meters, configured. Throws OperatorProblem for an unknown one. */
export async function findProviders(
  bottle: BottleManifest,
  root: string | undefined,
): Promise<{ readonly provider: Provider; readonly metered: readonly Provider[] }> {
  const templateAt = placeOfValue(bottle, "agent_provider.template")
  const provider = configureProvider(await loadProvider(bottle.agentProvider.template, root, templateAt), bottle)
  const metered: Provider[] = []
  for (const name of metersOf(provider, bottle)) {
    const one =
      name === provider.name ? provider : await loadProvider(name, root, placeOfValue(bottle, "agent_provider.meters"))
    metered.push(one === provider ? one : configureProvider(one, bottle))
  }
  return { provider, metered }
}

function configureProvider(provider: Provider, bottle: BottleManifest): Provider {
  if (provider.configure === undefined) return provider
  const wanted = wantedBy(provider, bottle.agentProvider.template === provider.name, bottle)
  const result = provider.configure({
    ...bottle.agentProvider.settings,
    ...(wanted?.kind === "variable" ? { tokenRef: wanted.name } : {}),
  })
  if (result.outcome === "configured") return result.provider
  throw new OperatorProblem(`${settingsAt(bottle)}: agent_provider.settings: ${result.why}`, { hint: result.hint })
}

function settingsAt(bottle: BottleManifest): string {
  const key = Object.keys(bottle.origins).find((one) => one.startsWith("agent_provider.settings."))
  return placeOfValue(bottle, key ?? "agent_provider.template")
}

function metersOf(provider: Provider, { agentProvider }: BottleManifest): readonly ProviderName[] {
  return provider.name === "command" ? agentProvider.meters : provider.meters
}

async function loadProvider(name: string, root: string | undefined, where: string): Promise<Provider> {
  const provider = findProvider(name) ?? (root === undefined ? undefined : await findPlugin(root, name))
  if (provider !== undefined) return provider
  const known = listProviders().map((one) => one.name)
  throw new OperatorProblem(`${where}: unknown provider '${name}'`, { hint: `this build has ${known.join(", ")}` })
}
