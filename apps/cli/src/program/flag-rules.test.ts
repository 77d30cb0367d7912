import { expect, test } from "bun:test"
import { Command, Option } from "commander"
import { applyFlagRules, EXCLUDES, NEEDS } from "./flag-rules.ts"
import { describeProgram } from "./program.ts"

test("each rule names a command and flags that there are", () => {
  expect(() => describeProgram()).not.toThrow()
})

// biome-ignore format: a table
test.each([
  ...NEEDS.flatMap(([path, flag, ...others]) => [
    [path, [flag], `${flag} needs ${others.join(" or ")}`] as const,
    ...others.map((other) => [path, [flag, other], undefined] as const),
  ]),
  ...EXCLUDES.flatMap(([path, flag, ...others]) => [
    [path, [flag], undefined] as const,
    ...others.map((other) => [path, [flag, other], `${flag} and ${other} exclude each other`] as const),
  ]),
])("%s %j: %p", async (path, flags, problem) => {
  const program = commandsWithFlags()
  const argv = [...path.split(" "), ...flags]
  const outcome = await program.parseAsync(argv, { from: "user" }).then(() => undefined, (error: Error) => error.message)
  expect(outcome).toBe(problem)
})

/** The commands of the rules with their flags, none of which takes a value here. */
function commandsWithFlags(): Command {
  const program = new Command().exitOverride()
  for (const [path, ...flags] of [...NEEDS, ...EXCLUDES]) {
    const command = path.split(" ").reduce((at, name) => {
      return at.commands.find((each) => each.name() === name) ?? at.command(name).action(() => {})
    }, program)
    for (const flag of flags)
      if (!command.options.some(({ long }) => long === flag)) command.addOption(new Option(flag))
  }
  applyFlagRules(program)
  return program
}
