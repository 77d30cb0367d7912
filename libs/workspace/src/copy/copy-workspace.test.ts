import { expect, test } from "bun:test"
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bytePath } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { loadBaseline } from "../baseline.ts"
import { startSwapping } from "../testing/workspace-trial.ts"
import { copyWorkspace } from "./copy-workspace.ts"

test("INV-150: files, folders, modes and .git arrive; links stay links; sockets, pipes and devices do not", async () => {
  using place = temporaryPlace()
  const { source, target, root, outside, baseline } = place
  mkdirSync(join(source, ".git/hooks"), { recursive: true })
  writeFileSync(join(source, ".git/config"), `[core]\n\tfsmonitor = touch ${join(outside, "executed")}`)
  writeFileSync(join(source, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${join(outside, "executed")}\n`, {
    mode: 0o755,
  })
  writeFileSync(join(source, "run.sh"), "echo", { mode: 0o750 })
  writeFileSync(join(outside, "secret"), "PLANTED")
  symlinkSync(join(outside, "secret"), join(source, "link"))
  symlinkSync(outside, join(source, "folder-link"))
  Bun.spawnSync(["mkfifo", join(source, "fifo")])
  const listener = Bun.listen({ unix: join(source, "socket"), socket: { data() {} } })
  const skipped = await copyWorkspace({
    source,
    target,
    root,
    baseline,
    names: { secrets: "hidden", hide: [] },
    onLong: () => {},
    longMs: 60_000,
  })
  listener.stop(true)
  expect(skipped.map(({ path, why }) => `${path}: ${why}`)).toEqual(["fifo: it is a FIFO", "socket: it is a socket"])

  expect(["link", "folder-link"].map((name) => readlinkSync(join(target, name)))).toEqual([
    join(outside, "secret"),
    outside,
  ])
  expect((lstatSync(join(target, "run.sh")).mode & 0o777).toString(8)).toBe("750")
  expect(readFileSync(join(target, ".git/config"), "utf8")).toContain("fsmonitor")
  expect(
    [join(target, "fifo"), join(target, "socket"), join(outside, "executed")].map((path) => existsSync(path)),
  ).toEqual([false, false, false])
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("PLANTED")
})

test.each(["a", "z", "."])(
  "INV-150: a folder that holds bot-bottle's root, or lies in it, is refused (root in %j)",
  async (name) => {
    using place = temporaryPlace()
    const root = join(place.source, name)
    mkdirSync(root, { recursive: true })
    await expect(copyWorkspace({ ...place, root })).rejects.toThrow("bot-bottle's own files")
    await expect(copyWorkspace({ ...place, source: root, root: place.source })).rejects.toThrow(
      "bot-bottle's own files",
    )
  },
)

test("a folder that is not there, or is a file, is named", async () => {
  using place = temporaryPlace()
  writeFileSync(join(place.source, "file"), "")
  await expect(copyWorkspace({ ...place, source: join(place.source, "none") })).rejects.toThrow("none cannot be read")
  await expect(copyWorkspace({ ...place, source: join(place.source, "file") })).rejects.toThrow("is not a folder")
})

test("a folder named like an option is copied, not obeyed", async () => {
  using place = temporaryPlace()
  const source = join(place.source, "-rf")
  mkdirSync(source)
  writeFileSync(join(source, "--help"), "text")
  await copyWorkspace({ ...place, source })
  expect(readFileSync(join(place.target, "--help"), "utf8")).toBe("text")
})

function temporaryPlace() {
  const path = mkdtempSync(join(tmpdir(), "bottle-workspace-"))
  const [source, target, root, outside] = ["source", "target", "root", "outside"].map((name) => join(path, name)) as [
    string,
    string,
    string,
    string,
  ]
  for (const folder of [source, target, root, outside]) mkdirSync(folder)
  return {
    source,
    target,
    root,
    outside,
    baseline: join(path, "baseline"),
    names: { secrets: "hidden", hide: [] } as const,
    onLong: () => {},
    longMs: 60_000,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

test("what is copied is recorded by kind and hash, and Git's own files are copied without", async () => {
  using place = temporaryPlace()
  const { source, target, baseline } = place
  mkdirSync(join(source, ".git"))
  mkdirSync(join(source, "sub/.git"), { recursive: true })
  for (const path of [".git/HEAD", "sub/.git/HEAD", "empty"]) writeFileSync(join(source, path), "")
  writeFileSync(join(source, "sub/run.sh"), "x", { mode: 0o755 })
  symlinkSync("sub", join(source, "link"))
  writeFileSync(Buffer.concat([Buffer.from(`${source}/not-`), Buffer.from([0xff])]), "y")
  await copyWorkspace(place)

  const hashOf = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex")
  const recorded = loadBaseline(baseline, "run-aaaaa")
  expect({ source: recorded.source, entries: Object.fromEntries(recorded.entries) }).toEqual({
    source,
    entries: {
      empty: { kind: "file", executable: false, size: 0, hash: hashOf("") },
      link: { kind: "link", target: bytePath("sub") },
      "not-\xff": { kind: "file", executable: false, size: 1, hash: hashOf("y") },
      "sub/run.sh": { kind: "file", executable: true, size: 1, hash: hashOf("x") },
    },
  })
  expect(["sub/.git/HEAD", ".git/HEAD"].every((path) => existsSync(join(target, path)))).toBe(true)
})

test("holes stay holes, times stay to the nanosecond, setuid does not, hard links become files", async () => {
  using place = temporaryPlace()
  const { source, target } = place
  const sparse = openSync(join(source, "sparse"), "w")
  ftruncateSync(sparse, 64 * 1024 ** 2)
  writeSync(sparse, "end", 40 * 1024 ** 2)
  closeSync(sparse)
  writeFileSync(join(source, "tool"), "#!", { mode: 0o755 })
  chmodSync(join(source, "tool"), 0o4755)
  linkSync(join(source, "tool"), join(source, "same"))
  Bun.spawnSync(["touch", "-d", "2020-01-02 03:04:05.123456789", join(source, "tool")])
  await copyWorkspace(place)

  const [copied, original] = [target, source].map((folder) => statSync(join(folder, "sparse")))
  expect(copied!.size).toBe(original!.size)
  expect(copied!.blocks).toBeLessThan(4096)
  const tool = statSync(join(target, "tool"), { bigint: true })
  expect({
    mode: Number(tool.mode & 0o7777n).toString(8),
    names: tool.nlink,
    time: tool.mtimeNs % 1_000_000_000n,
  }).toEqual({
    mode: "755",
    names: 1n,
    time: 123_456_789n,
  })
})

test("INV-150: a folder that becomes a link while it is copied leads nowhere else", async () => {
  using place = temporaryPlace()
  const { source, target, outside } = place
  writeFileSync(join(outside, "secret"), "PLANTED")
  mkdirSync(join(source, "sub"))
  await using _source = await startSwapping(source, outside)
  for (let round = 0; round < 300; round += 1) {
    rmSync(target, { recursive: true })
    mkdirSync(target)
    await copyWorkspace(place)
    const copied = readdirSync(target, { recursive: true, encoding: "utf8" })
    expect(
      copied.filter((path) => path.endsWith("secret") && !lstatSync(join(target, path, "..")).isSymbolicLink()),
    ).toEqual([])
  }
  // The control: who asks by name is led outside now and then.
  await waitFor("a name that leads outside", () => existsSync(join(source, "sub/secret")))
})

test.each([
  ["takes longer than it may without a word", 0, 4096, 1],
  ["is quick", 60_000, 4096, 0],
  ["comes to a very large file", 60_000, 300 * 1024 ** 2, 1],
] as const)("a copy that %s: it is noticed once, or not at all", async (_what, longMs, bytes, times) => {
  using place = temporaryPlace()
  const { source, target, root, baseline, names } = place
  for (const file of ["big", "big2"]) Bun.spawnSync(["fallocate", "-l", `${bytes}`, join(source, file)])
  // Git is asked about the hidden file, which takes a moment.
  writeFileSync(join(source, ".env"), "x")
  Bun.spawnSync(["git", "-C", source, "init", "-q"])
  Bun.spawnSync(["git", "-C", source, "add", ".env"])
  writeFileSync(join(source, ".env"), "y")
  let noticed = 0
  await copyWorkspace({ source, target, root, baseline, names, longMs, onLong: () => void noticed++ })
  expect(noticed).toBe(times)
})
