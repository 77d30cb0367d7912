import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"

/** More than a pipe holds. */
const LINES = 20_000

test.each([
  ["finishOutput", "await finishOutput(process.stdout)", LINES],
  [
    "finishOutput, and a timer that still prints",
    `setTimeout(() => process.stdout.write("late\\n")); await finishOutput(process.stdout)`,
    LINES,
  ],
  // Why it is needed: an exit at once cuts the output off.
  ["an exit at once", "", undefined],
])("a reader that begins late gets all of the output: %s", async (_name, finish, expected) => {
  await using folder = await openTempFolder()
  const program = join(folder.path, "program.ts")
  const go = join(folder.path, "go")
  await runProgram(["mkfifo", go])
  await Bun.write(
    program,
    `import { finishOutput } from ${JSON.stringify(join(import.meta.dir, "program-output.ts"))}
void finishOutput
for (let line = 0; line < ${LINES}; line++) process.stdout.write("a line of the output\\n")
process.stderr.write("written\\n")
${finish}
process.exit(0)`,
  )
  const pipeline = Bun.spawn(["sh", "-c", `"$0" "$1" | { read go < "$2"; wc -l; }`, process.execPath, program, go], {
    stdout: "pipe",
    stderr: "pipe",
  })
  const { value } = await pipeline.stderr.getReader().read()
  expect(new TextDecoder().decode(value)).toBe("written\n")
  await Bun.write(go, "go\n")
  const lines = Number(await pipeline.stdout.text())
  if (expected === undefined) expect(lines).toBeLessThan(LINES)
  else expect(lines).toBe(expected)
})

test.each([
  ["false", "141\n"],
  // It has something to end first.
  ["(setTimeout(() => process.exit(7), 20), true)", "7\n"],
])("endWithReader where the program ends in order: %s", async (endsInOrder, exitCode) => {
  await using folder = await openTempFolder()
  const program = join(folder.path, "program.ts")
  await Bun.write(
    program,
    `import { endWithReader } from ${JSON.stringify(join(import.meta.dir, "program-output.ts"))}
endWithReader(() => ${endsInOrder}, process.stdout)
setInterval(() => process.stdout.write("a line\\n"), 1)`,
  )
  const script = `"$0" "$1" | true; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script, process.execPath, program])
  expect([stdout, stderr]).toEqual([exitCode, ""])
})
