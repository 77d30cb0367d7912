import { expect, test } from "bun:test"
import { parseAgent } from "./agent.ts"
import { parseBottle } from "./bottle.ts"
import { composeBottles } from "./fold/compose-bottles.ts"
import { parseSettings } from "./settings.ts"
import { listStarterFiles, STARTER_AGENT, STARTER_BOTTLE, STARTER_CHOICE, type StarterChoice } from "./starter.ts"

const providers = ["claude", "codex", "pi"]

// biome-ignore format: a table
test.each([
  // choice                                                budget             window
  [STARTER_CHOICE,                                         everyProvider(2_000_000), "day"],
  [{ provider: "codex", dailyTokens: 5_000_000 },          everyProvider(5_000_000), "day"],
  [{ provider: "pi", dailyTokens: undefined },             {},                    "total"],
] as const)("listStarterFiles %j: settings, a bottle and an agent that fit each other", (choice, budget, window) => {
  const textOf = (path: string) => textIn(choice, path)
  const settings = parseSettings(textOf("settings.yml"), { file: "settings.yml", providers })
  const bottle = parseBottle(textOf(`bottles/${STARTER_BOTTLE}.md`), {
    name: STARTER_BOTTLE,
    file: "dev.md",
    providers,
  })
  const source = { name: STARTER_AGENT, file: "implementer.md", origin: "operator", providers } as const
  const agent = parseAgent(textOf(`agents/${STARTER_AGENT}.md`), source)
  const composed = composeBottles([STARTER_BOTTLE], { names: [STARTER_BOTTLE], find: () => bottle })
  expect([settings.outcome, agent.outcome, composed.outcome]).toEqual(["parsed", "parsed", "composed"])
  expect(agent.outcome === "parsed" && agent.manifest.bottle).toBe(STARTER_BOTTLE)
  expect(settings).toMatchObject({ settings: { budget, budgetWindow: window } })
  expect(composed).toMatchObject({ bottle: { agentProvider: { template: choice.provider } } })
})

test.each(listStarterFiles(STARTER_CHOICE).map(({ path }) => path))(
  "listStarterFiles: what %s shows in comments is right as well",
  (path) => {
    const text = textOf(path).replace(/^( *)# ?( *- (?:host|\{)| *[a-z_A-Z.]+:(?: |$))/gm, "$1$2")
    const kinds: Readonly<Record<string, () => { readonly outcome: string }>> = {
      "settings.yml": () => parseSettings(text, { file: path, providers }),
      [`bottles/${STARTER_BOTTLE}.md`]: () => parseBottle(text, { name: STARTER_BOTTLE, file: path, providers }),
      [`agents/${STARTER_AGENT}.md`]: () =>
        parseAgent(text, { name: STARTER_AGENT, file: path, origin: "operator", providers }),
    }
    expect(text).not.toBe(textOf(path))
    expect(kinds[path]?.()).toMatchObject({ outcome: "parsed" })
  },
)

/** The limit counts for every agent, also for one that the operator did not choose. */
function everyProvider(tokens: number): Readonly<Record<string, number>> {
  return Object.fromEntries(providers.map((name) => [name, tokens]))
}

function textOf(path: string): string {
  return textIn(STARTER_CHOICE, path)
}

function textIn(choice: StarterChoice, path: string): string {
  const file = listStarterFiles(choice).find((starter) => starter.path === path)
  if (!file) throw new Error(`no starter file ${path}`)
  return file.text
}
