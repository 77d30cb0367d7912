import { expect, test } from "bun:test"
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { sampleRun } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"

const isRoot = process.getuid?.() === 0

test("INV-33: what is created is 0700 and 0600, whatever the umask", async () => {
  await using home = tempHome()
  const folder = join(home.folder, "deep", "root")
  const modes = await withoutUmask(async () => {
    const ledger = await openLedger(join(folder, "bot-bottle.db"))
    await ledger.createRun(sampleRun("a"))
    await ledger.appendAudit({ slug: "", kind: "test", actor: "test", detail: {} })
    const found = readdirSync(folder).map((name) => [name, modeOf(join(folder, name))])
    await ledger.close()
    return Object.fromEntries(found)
  })
  expect([modeOf(folder), modeOf(join(home.folder, "deep"))]).toEqual([0o700, 0o700])
  expect(modes).toEqual({
    "bot-bottle.db": 0o600,
    "bot-bottle.db-wal": 0o600,
    "bot-bottle.db-shm": 0o600,
    "audit-head": 0o600,
  })
})

// biome-ignore format: a table
test.each([
  [".",                 0o770],
  [".",                 0o777],
  [".",                 0o702],
  ["bot-bottle.db",     0o660],
  ["bot-bottle.db",     0o602],
  ["bot-bottle.db-wal", 0o666],
  ["audit-head",        0o620],
] as const)("INV-33: %s with mode %o is refused and names the fix", async (name, mode) => {
  await using home = tempHome()
  await (await openLedger(home.path)).close()
  const target = join(home.folder, name)
  if (name.endsWith("-wal")) writeFileSync(target, "")
  // The positive control: before, it opens.
  chmodSync(target, mode & 0o700)
  await (await openLedger(home.path)).close()
  if (name.endsWith("-wal")) writeFileSync(target, "")
  chmodSync(target, mode)
  expect(await problemOf(() => openLedger(home.path))).toEqual({
    name: "OperatorProblem",
    message: `Other users can write ${join(home.folder, name)}`,
    hint: `chmod go-w ${join(home.folder, name)}`,
  })
})

test.skipIf(!isRoot).each([["."], ["bot-bottle.db"], ["audit-head"]])(
  "INV-33: %s of another user is refused",
  async (name) => {
    await using home = tempHome()
    await (await openLedger(home.path)).close()
    chownSync(join(home.folder, name), 1234, 0)
    const problem = await problemOf(() => openLedger(home.path))
    expect(problem.message).toContain(`${join(home.folder, name)} belongs to another user (uid 1234)`)
  },
)

test("a folder, and a link to nowhere, in the ledger's place are refused", async () => {
  await using home = tempHome()
  mkdirSync(home.path)
  expect((await problemOf(() => openLedger(home.path))).message).toBe(`${home.path} is not a file`)
  rmSync(home.path, { recursive: true })
  symlinkSync("/nowhere/at/all", home.path)
  expect((await problemOf(() => openLedger(home.path))).name).not.toBe("Error")
})

function tempHome(): AsyncDisposable & { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-file-"))
  return {
    folder,
    path: join(folder, "bot-bottle.db"),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function withoutUmask<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0)
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

async function problemOf(
  open: () => Promise<unknown>,
): Promise<{ name: string; message: string; hint: string | undefined }> {
  try {
    await open()
  } catch (error) {
    if (error instanceof OperatorProblem) return { name: error.name, message: error.message, hint: error.hint }
    throw error
  }
  throw new Error("It opened")
}
