import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRunFolders, hasRunFolders, reopenRunFolders } from "./run-folders.ts"
import { findRunMetadata, type RunMetadata, writeRunMetadata } from "./run-metadata.ts"

const ETC = [{ name: "passwd", content: "node:x:1000:1000:node:/home/node:/bin/sh\n" }]

const METADATA: RunMetadata = {
  agent: "implementer",
  bottles: ["dev"],
  ancestors: ["base"],
  cwd: "/home/me/project",
  mode: "headless",
  provider: "claude",
  backend: "bwrap",
  label: "Fix it",
  color: "red",
  startedAt: "2026-11-22T10:00:00.000+01:00",
  toolchainVersion: "2.1.197",
  policyHash: "ab",
  manifestHash: "cd",
  frozenAt: "2026-11-22T11:00:00.000+01:00",
  resumedAt: "2026-11-22T10:30:00.000+01:00",
}

test("a suffix that is taken is drawn again, so two starts never share a slug", () => {
  using root = temporaryRoot()
  const suffixes = ["aaaaa", "aaaaa", "aaaaa", "bbbbb"]
  const newSuffix = () => suffixes.shift()!
  const [first, second] = [1, 2].map(() =>
    createRunFolders({ root: root.path, label: "Fix it", newSuffix, etcFiles: ETC }),
  )
  expect([first!.slug, second!.slug]).toEqual(["fix-it-aaaaa", "fix-it-bbbbb"])
})

test("when no suffix is free the start fails and says so", () => {
  using root = temporaryRoot()
  const newSuffix = () => "aaaaa"
  createRunFolders({ root: root.path, label: "a", newSuffix, etcFiles: ETC })
  expect(() => createRunFolders({ root: root.path, label: "a", newSuffix, etcFiles: ETC })).toThrow(
    "No free run id for label a",
  )
})

test("the run's folder is the operator's alone; what the guest reads is open within", () => {
  using root = temporaryRoot()
  const { folders, slug } = createRunFolders({ root: root.path, label: "a", newSuffix: () => "aaaaa", etcFiles: ETC })
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
  expect(
    Object.fromEntries(readdirSync(folders.state).map((name) => [name, modeOf(join(folders.state, name))])),
  ).toEqual({
    share: "755",
    egress: "700",
    home: "700",
    transcript: "700",
    workspace: "700",
  })
  expect([modeOf(folders.state), modeOf(folders.etc)]).toEqual(["700", "755"])
  expect([hasRunFolders(root.path, slug), hasRunFolders(root.path, "other-aaaaa")]).toEqual([true, false])
})

test("a run continues in the folders it had, with our own parts made again", () => {
  using root = temporaryRoot()
  const { folders, slug } = createRunFolders({ root: root.path, label: "a", newSuffix: () => "aaaaa", etcFiles: ETC })
  for (const [folder, name] of [
    ["home", "said"],
    ["workspace", "work"],
    ["egress", "events.jsonl"],
    ["guestShare", "egress.sock"],
    ["etc", "planted"],
  ] as const)
    writeFileSync(join(folders[folder], name), "x")
  writeFileSync(join(folders.etc, "passwd"), "x")

  expect(reopenRunFolders(root.path, slug, ETC)).toEqual({ folders, setAside: [] })
  const list = (folder: string) => readdirSync(folder).sort()
  expect([list(folders.home), list(folders.workspace), list(folders.egress), list(folders.guestShare)]).toEqual([
    ["said", "workspace"],
    ["work"],
    ["events.jsonl"],
    ["etc"],
  ])
  expect(list(folders.etc)).not.toContain("planted")
  expect(readFileSync(join(folders.etc, "passwd"), "utf8")).toContain("node:x:1000")

  rmSync(folders.workspace, { recursive: true })
  expect(() => reopenRunFolders(root.path, slug, ETC)).toThrow(`${folders.workspace} is gone`)
})

test("metadata comes back as it was written, and no draft stays", () => {
  using root = temporaryRoot()
  writeRunMetadata(root.path, METADATA)
  writeRunMetadata(root.path, { ...METADATA, label: "again" })
  expect(findRunMetadata(root.path)).toEqual({ ...METADATA, label: "again" })
  expect(readdirSync(root.path)).toEqual(["metadata.json"])
})

test("a reader sees old or new metadata, never half, while it is being replaced", async () => {
  using root = temporaryRoot()
  writeRunMetadata(root.path, METADATA)
  const script = `
    import { writeRunMetadata } from ${JSON.stringify(join(import.meta.dir, "run-metadata.ts"))}
    for (let n = 0; n < 200; n++) writeRunMetadata(${JSON.stringify(root.path)}, { ...${JSON.stringify(METADATA)}, label: "x".repeat(n * 50) })`
  const writer = Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "inherit", "inherit"] })
  let reads = 0
  while (writer.exitCode === null) {
    expect(findRunMetadata(root.path)?.agent).toBe("implementer")
    reads += 1
    await Bun.sleep(0)
  }
  expect({ reads: reads > 10, exitCode: writer.exitCode }).toEqual({ reads: true, exitCode: 0 })
})

test.each([
  // text                                     read as
  [
    "{}",
    {
      agent: "",
      bottles: [],
      ancestors: [],
      mode: "interactive",
      provider: "",
      backend: "bwrap",
      label: "",
      color: "",
      startedAt: "",
    },
  ],
  [
    '{"agent":"a","bottles":["b"],"new":1}',
    {
      agent: "a",
      bottles: ["b"],
      ancestors: [],
      mode: "interactive",
      provider: "",
      backend: "bwrap",
      label: "",
      color: "",
      startedAt: "",
    },
  ],
  ['{"agent":"a","bottles":["b",3]}', undefined],
  ["[]", undefined],
  ['{"agent":', undefined],
] as const)("metadata of an older or a broken build: %s", (text, expected) => {
  using root = temporaryRoot()
  writeFileSync(join(root.path, "metadata.json"), text)
  expect<unknown>(findRunMetadata(root.path)).toEqual(expected)
})

test("without a metadata file there is no metadata", () => {
  using root = temporaryRoot()
  expect(findRunMetadata(root.path)).toBeUndefined()
})

function temporaryRoot(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "bottle-folders-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
