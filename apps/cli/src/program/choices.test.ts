import { expect, test } from "bun:test"
import { COLORS } from "@bot-bottle/contracts"
import { BACKENDS, HARNESS_NAMES, METERED_PROVIDERS, parseBottle } from "@bot-bottle/manifest"
import { listConfiguredProviders, listProviders } from "@bot-bottle/providers"
import { AGENT_CHOICES, BACKEND_CHOICES, COLOR_CHOICES } from "./choices.ts"

test("the flags offer what the libraries take", () => {
  expect([...COLOR_CHOICES].sort() as string[]).toEqual([...COLORS, "none"].sort())
  const harnesses = listProviders().map(({ name }) => name)
  expect([...AGENT_CHOICES, "command"] as string[]).toEqual(harnesses)
  const able = listConfiguredProviders().filter(({ credentials }) =>
    credentials.some(({ kind }) => kind === "variable"),
  )
  expect([...AGENT_CHOICES] as string[]).toEqual(able.map(({ name }) => name))
  expect([...HARNESS_NAMES, "command"] as string[]).toEqual(harnesses)
  expect([...BACKEND_CHOICES].sort() as string[]).toEqual([...BACKENDS].sort())
})

test.each(listProviders().map(({ name }) => name))("a bottle may name harness %p, and budgets its provider", (name) => {
  const argv = name === "command" ? ", argv: [sh]" : ""
  const text = `---\nagent_provider: { template: ${name}${argv} }\n---\n`
  expect(parseBottle(text, { name: "dev", file: "dev.md", providers: [...METERED_PROVIDERS] })).toMatchObject({
    outcome: "parsed",
  })
})
