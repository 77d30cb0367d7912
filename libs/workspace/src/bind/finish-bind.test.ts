// A bound folder after its run, where the quarantine is on another disk and where something is in
// the way. The bottle's own side: tests/isolation/workspace.test.ts.

import { expect, test } from "bun:test"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BindRecord, ProcessIdentity, Slug } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"
import { listBindRecords, writeBindRecord } from "./bind-record.ts"
import { finishBind } from "./finish-bind.ts"
import { planBind } from "./plan-bind.ts"
import { recoverPendingBinds } from "./recover-pending-binds.ts"

const DEAD = "1:1:no-such-boot" as ProcessIdentity

test("INV-151: what is taken away to another file system arrives there, links too, and is gone here", async () => {
  await using place = await openPlace({ otherDisk: true })
  expect(statSync(place.folder).dev === statSync(place.quarantine).dev).toBe(false)
  mkdirSync(join(place.folder, "sub/.git/hooks"), { recursive: true })
  writeFileSync(join(place.folder, "sub/.git/hooks/post-checkout"), "evil")
  symlinkSync("/etc/passwd", join(place.folder, "sub/.envrc"))
  writeFileSync(join(place.folder, "sub/mise.toml"), "evil")
  const { quarantined, problems } = await finishBind(place.root, place.record)
  expect([problems, quarantined.map(({ path }) => path)]).toEqual([[], ["sub/.envrc", "sub/.git", "sub/mise.toml"]])
  const [link = "", git = "", file = ""] = quarantined.map(({ to }) => to)
  expect([
    readlinkSync(link),
    readFileSync(join(git, "hooks/post-checkout"), "utf8"),
    readFileSync(file, "utf8"),
  ]).toEqual(["/etc/passwd", "evil", "evil"])
  expect([...new Bun.Glob("**/*").scanSync({ cwd: place.folder, dot: true })]).toEqual(["kept"])
  expect(listBindRecords(place.root)).toEqual([])
})

test("INV-151: a folder that became a link, or is gone, is named, and stops no work elsewhere", async () => {
  await using place = await openPlace()
  writeBindRecord(place.root, place.record)
  renameSync(place.folder, `${place.folder}-moved`)
  symlinkSync(`${place.folder}-moved`, place.folder)
  expect(await recoverPendingBinds(place.root)).toEqual([{ quarantined: [], problems: [`${place.folder} is gone`] }])
  expect([listBindRecords(place.root), lstatSync(place.folder).isSymbolicLink()]).toEqual([[], true])
})

test("INV-151: a placeholder that cannot be removed is named, and what was planted is taken away all the same", async () => {
  await using place = await openPlace()
  // In the way of its removal as a file.
  mkdirSync(join(place.folder, ".git"))
  writeFileSync(join(place.folder, ".git/config"), "evil")
  mkdirSync(join(place.folder, "sub"))
  writeFileSync(join(place.folder, "sub/.envrc"), "evil")
  const { quarantined, problems } = await finishBind(place.root, place.record)
  expect([problems, quarantined.map(({ path }) => path)]).toEqual([
    [`.git is not empty any more and was left in ${place.folder}`],
    ["sub/.envrc"],
  ])
  expect(existsSync(join(place.folder, ".git/config"))).toBe(true)
})

test("INV-151: a folder whose secrets the agent saw is looked into, one that was covered is not", async () => {
  for (const [hide, taken] of [
    [["!*"], [".aws/.envrc"]],
    [[], []],
  ] as const) {
    await using place = await openPlace()
    mkdirSync(join(place.folder, ".aws"))
    const { plan } = await planBind(place.folder, hide)
    writeFileSync(join(place.folder, ".aws/.envrc"), "evil")
    const { quarantined } = await finishBind(place.root, { ...place.record, plan })
    expect(quarantined.map(({ path }) => path)).toEqual([...taken])
  }
})

test("a bare repository is not bound", async () => {
  await using place = await openPlace()
  for (const name of ["objects", "refs"]) mkdirSync(join(place.folder, name))
  writeFileSync(join(place.folder, "HEAD"), "ref: refs/heads/main")
  await expect(planBind(place.folder, [])).rejects.toThrow("cannot be bound")
  rmSync(join(place.folder, "HEAD"))
  expect((await planBind(place.folder, [])).plan.folder).toBe(place.folder)
})

test("INV-151: a folder whose guard died is left alone while a process of its run lives", async () => {
  await using place = await openPlace()
  const alive = identifyProcess(process.pid) as ProcessIdentity
  mkdirSync(join(place.folder, "sub"))
  writeFileSync(join(place.folder, "sub/.envrc"), "evil")
  for (const owners of [[alive], [DEAD, alive]]) {
    const record = { ...place.record, owners }
    writeBindRecord(place.root, record)
    expect(await recoverPendingBinds(place.root)).toEqual([])
    expect([existsSync(join(place.folder, "sub/.envrc")), listBindRecords(place.root)]).toEqual([true, [record]])
  }
  writeBindRecord(place.root, place.record)
  const [end] = await recoverPendingBinds(place.root)
  expect(end?.quarantined.map(({ path }) => path)).toEqual(["sub/.envrc"])
})

test("INV-151: an invalid record is reported with its path, and the other folders are cleaned up", async () => {
  await using place = await openPlace()
  writeBindRecord(place.root, place.record)
  const other = join(place.root, "state", "other-bbbbb")
  mkdirSync(other, { recursive: true })
  writeFileSync(
    join(other, "bind.json"),
    JSON.stringify({ ...place.record, plan: { ...place.record.plan, readOnly: ["../.."] } }),
  )
  expect(await recoverPendingBinds(place.root)).toEqual([
    {
      quarantined: [],
      problems: [
        `${other}/bind.json is invalid ('plan.readOnly.0' is invalid: expected a path inside the folder); check the folder that run 'other-bbbbb' worked in, then remove the file`,
      ],
    },
    { quarantined: [], problems: [] },
  ])
  expect(listBindRecords(place.root)).toEqual([])
})

async function openPlace({ otherDisk = false } = {}) {
  const top = mkdtempSync(join(tmpdir(), "bottle-finish-"))
  const far = otherDisk ? mkdtempSync("/dev/shm/bottle-finish-") : join(top, "far")
  const [folder, root, quarantine] = [join(top, "folder"), join(top, "root"), join(far, "quarantine")]
  const slug = "trial-aaaaa" as Slug
  for (const one of [folder, join(root, "state", slug), quarantine]) mkdirSync(one, { recursive: true })
  writeFileSync(join(folder, "kept"), "k")
  const record: BindRecord = {
    slug,
    plan: (await planBind(folder, [])).plan,
    guard: DEAD,
    owners: [DEAD],
    quarantine,
  }
  const remove = () => {
    for (const one of [top, far]) rmSync(one, { recursive: true, force: true })
  }
  return { folder, root, quarantine, record, [Symbol.asyncDispose]: async () => remove() }
}
