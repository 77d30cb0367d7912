// A bottle's `git.repos`, checked and with their tokens in hand. Reads variables, creates nothing.

import { OperatorProblem, Secret } from "@bot-bottle/contracts"
import { type BottleManifest, placeOfValue } from "@bot-bottle/manifest"
import type { FindVariable } from "../resolve/credentials/find-credential.ts"

export interface ResolvedRepository {
  readonly name: string
  readonly url: string
  readonly token: Secret | undefined
  /** Undefined: the run's own. */
  readonly branchPrefix: string | undefined
  readonly isWritable: boolean
}

export function resolveRepositories(bottle: BottleManifest, find: FindVariable): readonly ResolvedRepository[] {
  return Object.entries(bottle.gitRepos).map(([name, { url, tokenRef, branchPrefix, isWritable }]) => {
    if (url === undefined)
      throw new OperatorProblem(`${bottle.file}: git.repos.${name} has no 'url'`, { hint: "add url: https://…" })
    const text = tokenRef === undefined ? undefined : find(tokenRef)
    if (tokenRef !== undefined && text === undefined)
      throw new OperatorProblem(
        `${placeOfValue(bottle, `git.repos.${name}.token_ref`)}: git.repos.${name}: host variable '${tokenRef}' is not set`,
        { hint: `export ${tokenRef} on the host; the bottle never sees it` },
      )
    return { name, url, token: text === undefined ? undefined : new Secret(text), branchPrefix, isWritable }
  })
}
