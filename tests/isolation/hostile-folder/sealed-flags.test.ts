// The files that the pinned Bun reads from the folder it starts in, and the flags and the folder
// that keep them out.

import { describe, expect, test } from "bun:test"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { SEALED_BUILD_FLAGS, SEALED_FLAGS, SEALED_FOLDER, sealedBun } from "@bot-bottle/contracts"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { type Effect, fillHostileFolder, HOSTILE_FILES } from "./hostile-files.ts"

const BUN = process.execPath
const EVERY = Object.keys(HOSTILE_FILES)

describe.each([...EVERY.map((name) => [name, [name]] as const), ["all of them", EVERY] as const])(
  "%s",
  (name, names) => {
    const known = HOSTILE_FILES[name] ?? { inIt: "runs", below: "runs" }

    test("does to a plain Bun what the table says", async () => {
      await using trial = await openTrial(names)
      expect([await trial.effect([BUN, trial.entry], "in"), await trial.effect([BUN, trial.entry], "below")]).toEqual([
        known.inIt,
        known.below,
      ])
    })

    test("INV-49: does nothing to a sealed one, by the flags alone and by the folder alone", async () => {
      await using trial = await openTrial(names)
      const effects = [
        await trial.effect(sealedBun(BUN, trial.entry), "in"),
        await trial.effect(sealedBun(BUN, trial.entry), "below"),
        await trial.effect([BUN, trial.entry], "sealed folder"),
      ]
      expect(effects).toEqual(["nothing", "nothing", "nothing"])
    })
  },
)

test.each(SEALED_FLAGS.filter((flag) => flag !== "--no-install"))(
  "%s is needed: without it a file of the folder counts",
  async (left) => {
    await using trial = await openTrial(EVERY)
    const argv = sealedBun(BUN, trial.entry).filter((word) => word !== left)
    expect(await trial.effect(argv, "in")).not.toBe("nothing")
  },
)

test("INV-49: a standalone program built with our flags reads nothing either", async () => {
  await using trial = await openTrial(EVERY)
  const build = async (name: string, flags: readonly string[]) => {
    const out = join(trial.home, name)
    const argv = [BUN, "build", "--compile", ...flags, `--outfile=${out}`, trial.entry]
    expect(await runProgram(argv, { cwd: trial.home })).toMatchObject({ exitCode: 0 })
    return [out]
  }
  expect(await trial.effect(await build("plain", []), "in")).toBe("runs")
  expect(await trial.effect(await build("sealed", SEALED_BUILD_FLAGS), "in")).toBe("nothing")
}, 60_000)

async function openTrial(names: readonly string[]) {
  const ours = await openTempFolder()
  const theirs = await openTempFolder()
  const entry = join(ours.path, "main.ts")
  await writeFile(join(ours.path, "word.ts"), 'export const word = "ours"\n')
  await writeFile(entry, 'import { word } from "./word.ts"\nconsole.log(word, process.env.COUNTED ?? "")\n')
  const below = join(theirs.path, "src/deep")
  await mkdir(below, { recursive: true })
  const hostile = fillHostileFolder(theirs.path, entry, names)
  const places = { in: theirs.path, below, "sealed folder": SEALED_FOLDER }
  return {
    entry,
    home: ours.path,
    async effect(argv: readonly string[], place: keyof typeof places): Promise<Effect> {
      const { stdout } = await runProgram(argv, { cwd: places[place] })
      if (hostile.takeMark() === "runs") return "runs"
      if (stdout.includes("yes")) return "counts"
      expect(stdout.trim()).toBe("ours")
      return "nothing"
    },
    async [Symbol.asyncDispose]() {
      await ours[Symbol.asyncDispose]()
      await theirs[Symbol.asyncDispose]()
    },
  }
}
