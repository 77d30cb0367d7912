import { expect, test } from "bun:test"
import { runFolders, Secret } from "@bot-bottle/contracts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { composeSidecar } from "./compose-sidecar.ts"
import { resolveRepositories } from "./resolve-repositories.ts"

const OPTIONS = {
  slug: "fixer-abc12",
  folders: runFolders("/root-folder", "fixer-abc12"),
  ledgerPath: "/root-folder/bot-bottle.db",
  sharedLedger: undefined,
  launchId: "l1",
  path: "/nowhere",
  roots: "",
}
const FORGE = {
  api: "https://gitea.example.com/sub/api/v1/",
  token: new Secret("the-bots-token"),
  owner: "acme",
  repo: "widgets",
  issueNumber: 17,
  prNumber: null,
  launchId: "l1",
}

test("a run without a forge and without repositories has no sidecar", () => {
  expect(composeSidecar(launchOf({}), undefined, OPTIONS)).toBeUndefined()
})

test("git.repos alone opens the gate and no forge; the run's own prefix is the default", () => {
  const repositories = resolveRepositories(
    bottleOf({
      lib: { url: "https://git.example.com/lib", tokenRef: "LIB_TOKEN", isWritable: true },
      docs: { url: "https://git.example.com/docs", branchPrefix: "agents/", isWritable: false },
    }),
    (name) => (name === "LIB_TOKEN" ? "libs-token" : undefined),
  )
  const composed = composeSidecar(launchOf({ repositories }), undefined, OPTIONS)
  expect(composed?.internal).toEqual({ git: "/root-folder/state/fixer-abc12/forge/git.sock" })
  expect(composed?.config.forge).toBeUndefined()
  expect(composed?.config.repositories.map(({ token, ...rest }) => ({ ...rest, token: token?.reveal() }))).toEqual([
    {
      name: "lib",
      url: "https://git.example.com/lib",
      token: "libs-token",
      branchPrefix: "bot-bottle/fixer-abc12/",
      isWritable: true,
      allowsWorkflows: false,
    },
    {
      name: "docs",
      url: "https://git.example.com/docs",
      token: undefined,
      branchPrefix: "agents/",
      isWritable: false,
      allowsWorkflows: false,
    },
  ])
})

test("a forge adds its own repository, whose web address is the API's without /api/v1", () => {
  const composed = composeSidecar(launchOf({}), FORGE, OPTIONS)
  expect(Object.keys(composed?.internal ?? {}).sort()).toEqual(["forge", "git"])
  expect(composed?.config.repositories.map(({ name, url }) => [name, url])).toEqual([
    ["acme/widgets", "https://gitea.example.com/sub/acme/widgets.git"],
  ])
  expect(composed?.config.forge?.firstBranch).toBe("bot-bottle/fixer-abc12/work")
})

test.each([
  [{ lib: { isWritable: false } }, "git.repos.lib has no 'url'"],
  [{ lib: { url: "https://x", tokenRef: "GONE", isWritable: false } }, "host variable 'GONE' is not set"],
] as const)("git.repos %j is refused before anything is created", (repos, message) => {
  expect(() => resolveRepositories(bottleOf(repos), () => undefined)).toThrow(message)
})

function bottleOf(gitRepos: ResolvedLaunch["bottle"]["gitRepos"]): ResolvedLaunch["bottle"] {
  return { file: "bottles/dev.md", origins: {}, gitRepos } as unknown as ResolvedLaunch["bottle"]
}

function launchOf({ repositories = [] }: { readonly repositories?: ResolvedLaunch["repositories"] }): ResolvedLaunch {
  const bottle = { forge: { allowsWorkflows: false }, requiresGitleaks: false }
  return { bottle, repositories, routes: [], credentials: new Map() } as unknown as ResolvedLaunch
}
