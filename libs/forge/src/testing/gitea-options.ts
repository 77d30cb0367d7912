// Options for a Gitea client of the stand-in's repository, with no run at work.

import { Secret } from "@bot-bottle/contracts"
import type { GiteaOptions } from "../gitea/gitea.ts"

export function giteaOptions(
  server: { readonly api: string; readonly token: string },
  own: Partial<GiteaOptions> = {},
): GiteaOptions {
  return {
    api: server.api,
    token: new Secret(server.token),
    roots: "",
    owner: "acme",
    repo: "widgets",
    knownPr: async () => null,
    branchPrefix: async () => undefined,
    ...own,
  }
}
