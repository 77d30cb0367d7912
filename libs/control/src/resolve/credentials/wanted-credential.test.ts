import { expect, test } from "bun:test"
import { composeBottles, parseBottle } from "@bot-bottle/manifest"
import { findProvider } from "@bot-bottle/providers"
import { checkAuth, wantedBy } from "./wanted-credential.ts"

const [claude, codex] = [findProvider("claude")!, findProvider("codex")!]

test.each([
  ["token_ref: MINE", { kind: "variable", name: "MINE", at: "dev.md:2" }],
  ["login: work", { kind: "login", name: "work", at: "dev.md:2" }],
  ["token_cmd: [pass, show]", { kind: "command", argv: ["pass", "show"], at: "dev.md:2" }],
] as const)("wantedBy: '%s' is for the main provider, and never for a second one", (auth, wanted) => {
  const bottle = bottleWith(auth)
  expect([wantedBy(claude, true, bottle), wantedBy(codex, false, bottle)] as unknown).toEqual([wanted, undefined])
})

test("wantedBy: without 'auth' each provider takes its usual credential", () => {
  expect(wantedBy(claude, true, bottleWith(undefined))).toBeUndefined()
})

test("checkAuth: a credential that the main provider does not take is refused, and goes to no other one", () => {
  const free = { ...claude, name: "free", isCredentialFree: true as const }
  const bottle = bottleWith("token_ref: MINE")
  expect(() => checkAuth(free, bottle)).toThrow(
    "dev.md:2: 'token_ref' names a credential, and provider 'free' uses none",
  )
  expect(() => checkAuth(claude, bottle)).not.toThrow()
})

function bottleWith(auth: string | undefined) {
  const text = `---\nagent_provider: { template: claude${auth === undefined ? "" : `, auth: { ${auth} }`} }\n---\n`
  const result = composeBottles(["dev"], {
    names: ["dev"],
    find: (name) => parseBottle(text, { name, file: "dev.md", providers: ["claude", "codex"] }),
  })
  if (result.outcome === "broken") throw new Error(JSON.stringify(result))
  return result.bottle
}
