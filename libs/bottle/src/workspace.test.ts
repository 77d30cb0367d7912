import { expect, test } from "bun:test"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { copyWorkspace } from "./workspace.ts"

test("INV-68: files, folders, modes and .git arrive; links stay links; sockets, pipes and devices do not", async () => {
  using place = temporaryPlace()
  const { source, target, root, outside } = place
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
  await copyWorkspace({ source, target, root })
  listener.stop(true)

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
  "INV-68: a folder that holds bot-bottle's root, or lies in it, is refused (root in %j)",
  async (name) => {
    using place = temporaryPlace()
    const root = join(place.source, name)
    mkdirSync(root, { recursive: true })
    await expect(copyWorkspace({ source: place.source, target: place.target, root })).rejects.toThrow(
      "bot-bottle's own files",
    )
    await expect(copyWorkspace({ source: root, target: place.target, root: place.source })).rejects.toThrow(
      "bot-bottle's own files",
    )
  },
)

test("a folder that is not there, or is a file, is named", async () => {
  using place = temporaryPlace()
  writeFileSync(join(place.source, "file"), "")
  const { target, root } = place
  await expect(copyWorkspace({ source: join(place.source, "none"), target, root })).rejects.toThrow(
    "none cannot be read",
  )
  await expect(copyWorkspace({ source: join(place.source, "file"), target, root })).rejects.toThrow("is not a folder")
})

test("a folder named like an option is copied, not obeyed", async () => {
  using place = temporaryPlace()
  const source = join(place.source, "-rf")
  mkdirSync(source)
  writeFileSync(join(source, "--help"), "text")
  await copyWorkspace({ source, target: place.target, root: place.root })
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
  return { source, target, root, outside, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
