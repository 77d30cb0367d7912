// The providers that a budget can be set for: those of this build, the operator's plugins, and every
// provider that a run or a manifest already names. A misspelled name would never count.

import { OperatorProblem, type ProviderName, USD } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { listPluginNames } from "@bot-bottle/manifest"
import { listProviders } from "@bot-bottle/providers"

export interface ProviderSources {
  readonly root: string
  readonly ledger: Pick<Ledger, "listRuns">
  /** The limits that manifests and settings.yml declare. */
  readonly declared: readonly { readonly provider: ProviderName }[]
}

export async function listBudgetProviders({
  root,
  ledger,
  declared,
}: ProviderSources): Promise<readonly ProviderName[]> {
  const runs = await ledger.listRuns({ all: true })
  const known = new Set([
    ...listProviders().map((provider) => provider.name),
    ...listPluginNames(root),
    ...runs.flatMap(({ meters }) => meters),
    ...declared.map(({ provider }) => provider),
    USD,
  ])
  // It meters nothing of its own.
  known.delete("command")
  return [...known]
}

/** Throws OperatorProblem for a name that none of them has. */
export async function checkProvider(name: string, sources: ProviderSources): Promise<ProviderName> {
  const known = await listBudgetProviders(sources)
  if (known.includes(name)) return name
  throw new OperatorProblem(`unknown provider '${name}'`, { hint: `providers: ${known.join(", ")}` })
}
