import { expect, test } from "bun:test"
import { MODEL_API_NAMES } from "@bot-bottle/contracts"
import type { Provider } from "./provider.ts"
import { findProvider, listProviders } from "./registry.ts"

test("every provider is found by its own name, and no other", () => {
  expect(listProviders().map(({ name }) => findProvider(name)?.name)).toEqual(["claude", "codex", "pi", "command"])
  expect(findProvider("Claude")).toBeUndefined()
})

test("every metered route names an API this build can meter, and a provider it has", () => {
  const metered = listProviders()
    .map(configured)
    .flatMap(({ routes }) => routes.flatMap(({ metering }) => metering ?? []))
  expect(metered.filter(({ api, provider }) => !MODEL_API_NAMES.includes(api) || !findProvider(provider))).toEqual([])
  expect(metered.length).toBeGreaterThan(0)
})

test("what a provider meters has a route and a credential to go with it", () => {
  for (const { meters, routes, credentials } of listProviders().map(configured)) {
    if (meters.length === 0) continue
    expect(routes.every(({ inspect, effect }) => inspect && effect === "allow")).toBeTrue()
    const variables = credentials.filter((source) => source.kind === "variable")
    expect(variables.every(({ injection }) => injection.template.includes("{secret}"))).toBeTrue()
    expect(credentials.length).toBeGreaterThan(0)
  }
})

// biome-ignore format: a table
test.each([
  // harness   its own arguments             runs without a terminal
  ["claude",  [],                           false],
  ["claude",  ["--model", "opus"],          false],
  ["claude",  ["--model", "opus", "-p"],    true],
  ["claude",  ["--version"],                true],
  ["codex",   ["fix", "exec"],              false],
  ["codex",   ["exec", "fix it"],           true],
  ["codex",   ["--help"],                   true],
  ["pi",      ["--mode", "text"],           false],
  ["pi",      ["--mode", "json"],           true],
  ["pi",      ["--print", "fix it"],        true],
] as const)("%s with %j runs without a terminal: %p", (name, own, expected) => {
  expect(findProvider(name)?.runsWithoutTerminal?.(own)).toBe(expected)
})

/** With its settings' defaults, where it takes any. */
function configured(provider: Provider): Provider {
  const result = provider.configure?.({})
  if (result === undefined) return provider
  if (result.outcome === "refused") throw new Error(result.why)
  return result.provider
}
