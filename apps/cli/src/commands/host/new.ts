// `new`: a further agent or bottle, as a file to edit. A file that exists is never touched.

import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findRepoFolder } from "@bot-bottle/control"
import {
  ensureHostRoot,
  isManifestName,
  type ManifestLibrary,
  newAgentText,
  newBottleText,
  openManifestLibrary,
  STARTER_CHOICE,
  type StarterChoice,
  shownPath,
} from "@bot-bottle/manifest"
import type { Host } from "../../host.ts"

export interface NewFlags {
  /** `agent`: the bottle it runs in. */
  readonly bottle?: string
  /** `bottle`: the bottle it changes. */
  readonly from?: string
  /** `bottle`: the agent it runs. */
  readonly agent?: StarterChoice["provider"]
}

export async function runNew(
  { env, screen }: Host,
  kind: "agent" | "bottle",
  name: string,
  flags: NewFlags,
): Promise<number> {
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  checkName(name)
  checkFlags(kind, flags)
  const text = kind === "agent" ? agentText(library, flags) : bottleText(library, flags)
  const file = join(env.root, `${kind}s`, `${name}.md`)
  ensureHostRoot(env.root)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    throw new OperatorProblem(`${kind} '${name}' exists already`, { hint: `bot-bottle edit ${name}` })
  }
  screen.print(`created  ${shownPath(file)}`)
  screen.note(`bot-bottle: next: bot-bottle edit ${name}${kind === "agent" ? ` && bot-bottle start ${name}` : ""}`)
  return 0
}

function checkName(name: string): void {
  if (isManifestName(name)) return
  throw new OperatorProblem(`invalid name '${name}'`, {
    exitCode: 2,
    hint: "use a-z, 0-9 and -, at most 64, and begin with a letter",
  })
}

function checkFlags(kind: "agent" | "bottle", flags: NewFlags): void {
  const others = kind === "agent" ? (["from", "agent"] as const) : (["bottle"] as const)
  const wrong = others.find((name) => flags[name] !== undefined)
  if (wrong === undefined) return
  throw new OperatorProblem(`--${wrong} is for ${kind === "agent" ? "a bottle" : "an agent"}`, {
    exitCode: 2,
    hint: kind === "agent" ? "--bottle names the bottle that the agent runs in" : "--from names the bottle it changes",
  })
}

function agentText(library: ManifestLibrary, { bottle }: NewFlags): string {
  const names = library.listBottles().map((entry) => entry.name)
  const [only, ...others] = names
  const chosen = bottle ?? (others.length === 0 ? only : undefined)
  if (chosen === undefined) {
    throw new OperatorProblem("name the bottle that the agent runs in", {
      exitCode: 2,
      hint: names.length === 0 ? "bot-bottle setup" : `add --bottle and one of ${names.join(", ")}`,
    })
  }
  library.loadBottles([chosen])
  return newAgentText(chosen)
}

function bottleText(library: ManifestLibrary, { from, agent }: NewFlags): string {
  if (from === undefined) return newBottleText({ provider: agent ?? STARTER_CHOICE.provider })
  if (agent !== undefined)
    throw new OperatorProblem("--from takes the agent over from the other bottle", {
      exitCode: 2,
      hint: "leave --agent out",
    })
  library.loadBottles([from])
  return newBottleText({ extends: from })
}
