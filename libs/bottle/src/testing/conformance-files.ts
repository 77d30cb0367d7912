// The host's files that a bottle sees: those that the plan names, and the system, read-only.

import { expect, test } from "bun:test"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { findGuestRuntime } from "@bot-bottle/guest"
import type { Subject } from "./subject.ts"
import { createNeighbour, openTestRun, perl, runInBottle, runOnHost } from "./test-run.ts"

export function testFiles(subject: Subject): void {
  const createBackend = subject.create
  test("the workspace and home are the run's own, and survive in its folder", async () => {
    await using run = openTestRun()
    writeFileSync(join(run.folders.workspace, "given"), "from the host")
    const script = "cat given; echo made > made; echo kept > ~/kept; ln -s /etc/shadow link"
    const { stdout, exitCode } = await runInBottle(createBackend(), run.plan(["/bin/sh", "-c", script]))
    expect({ stdout, exitCode }).toEqual({ stdout: "from the host", exitCode: 0 })
    expect(readFileSync(join(run.folders.workspace, "made"), "utf8")).toBe("made\n")
    expect(readFileSync(join(run.folders.home, "kept"), "utf8")).toBe("kept\n")
    // INV-61: never host root, whoever launched.
    expect(lstatSync(join(run.folders.workspace, "made")).uid).not.toBe(0)
  })

  test("a large workspace is the agent's to write, to its last file, before the agent starts", async () => {
    await using run = openTestRun()
    mkdirSync(join(run.folders.workspace, "deep/er"), { recursive: true })
    for (let n = 0; n < 3000; n += 1) writeFileSync(join(run.folders.workspace, "deep/er", `${n}`), "", { mode: 0o600 })
    symlinkSync(run.root, join(run.folders.workspace, "out"))
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan(["/bin/sh", "-c", "find . -type f ! -writable | wc -l; find . -type f | wc -l"]),
    )
    expect(stdout.replaceAll(" ", "")).toBe("0\n3000\n")
    // The target of a symlink in the workspace keeps its owner.
    expect(lstatSync(run.root).uid).toBe(process.getuid!())
  })

  test("a second start of the same run finds its files again", async () => {
    await using run = openTestRun()
    const backend = createBackend()
    await runInBottle(backend, run.plan(["/bin/sh", "-c", "echo one > ~/note; chmod 600 ~/note"]))
    const { stdout } = await runInBottle(
      backend,
      run.plan(["/bin/sh", "-c", "cat ~/note; echo two >> ~/note && cat ~/note"]),
    )
    expect(stdout).toBe("one\none\ntwo\n")
  })

  test("a file planted on the host cannot be read, whatever path is tried", async () => {
    await using run = openTestRun()
    const outside = realpathSync(mkdtempSync(join(tmpdir(), "outside-")))
    const planted = join(outside, "credentials")
    writeFileSync(planted, "PLANTED-SECRET", { mode: 0o644 })
    const script = `for p in "$@" "/proc/1/root$1" "/proc/2/root$1" "/proc/self/root$1" "/proc/1/cwd/..$1" "/mnt$1" "/oldroot$1" "/newroot$1"; do cat "$p"; done 2>/dev/null; true`
    const { stdout, exitCode } = await runInBottle(createBackend(), run.plan(["/bin/sh", "-c", script, "sh", planted]))
    const control = await runOnHost(["/bin/sh", "-c", script, "sh", planted])
    rmSync(outside, { recursive: true })
    expect({ stdout, exitCode, control: control.stdout.includes("PLANTED-SECRET") }).toEqual({
      stdout: "",
      exitCode: 0,
      control: true,
    })
  })

  test("the run's own control side, its neighbour, the operator's home and the host's sockets are absent", async () => {
    await using run = openTestRun()
    const neighbour = createNeighbour(run)
    writeFileSync(join(run.folders.egress, "control.sock"), "")
    writeFileSync(join(neighbour.guestShare, "ca.pem"), "")
    const paths = [
      run.root,
      run.folders.state,
      join(run.folders.egress, "control.sock"),
      join(neighbour.guestShare, "ca.pem"),
      homedir(),
      "/root",
      "/var/run",
      "/run/docker.sock",
      "/run/dbus",
      "/run/user",
      "/etc/shadow",
      "/etc/ssh",
      "/etc/ssl/private",
      "/sys",
      "/boot",
    ]
    const script = 'for p in "$@"; do test -e "$p" && echo "$p"; done; true'
    const { stdout } = await runInBottle(createBackend(), run.plan(["/bin/sh", "-c", script, "sh", ...paths]))
    expect([...new Set(stdout.split("\n").slice(0, -1))].toSorted()).toEqual(subject.hollow.toSorted())
    const open =
      'for p in "$@"; do find "$p" -mindepth 1 ! -path "*/fs*" ! -path "*/bot-bottle*"; cat "$p"; done 2>/dev/null; true'
    expect(
      (await runInBottle(createBackend(), run.plan(["/bin/sh", "-c", open, "sh", ...subject.hollow]))).stdout,
    ).toBe("")
    expect([run.root, run.folders.egress, neighbour.guestShare].every(existsSync)).toBe(true)
  })

  test("the whole of the guest's file system: nothing but what it is made of", async () => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan([
        "/bin/sh",
        "-c",
        "ls -A / /home /run /opt/bot-bottle /opt/bot-bottle/runtime/forwarder /tmp /home/node",
      ]),
    )
    const sections = Object.fromEntries(
      stdout
        .trim()
        .split("\n\n")
        .map((section) => {
          const [title = "", ...names] = section.split("\n")
          return [title, names]
        }),
    )
    const top = (sections["/:"] ?? []).filter((name) => !["lib32", "lib64", "libx32"].includes(name))
    const parts = ["bin", "dev", "etc", "home", "lib", "opt", "proc", "run", "sbin", "tmp", "usr", "var"]
    expect(top.toSorted()).toEqual([...parts, ...subject.ownTop].toSorted())
    expect({ home: sections["/home:"], run: sections["/run:"], tmp: sections["/tmp:"] }).toEqual({
      home: ["node"],
      run: ["bot-bottle"],
      tmp: [],
    })
    const forwarder = findGuestRuntime().files.find(({ name }) => name === "forwarder")
    expect(sections["/opt/bot-bottle/runtime/forwarder:"]).toEqual(readdirSync(forwarder?.source ?? "").toSorted())
  })

  test.each([
    "/",
    "/usr/bin",
    "/etc",
    "/dev",
    "/run/bot-bottle",
    "/opt/bot-bottle/runtime",
    "/proc/sys/kernel",
    "/home/node/../../usr/lib",
  ])("%s cannot be written", async (folder) => {
    await using run = openTestRun()
    const script = 'test -d "$0" || exit 8; touch ~/proof || exit 9; touch "$0/planted" 2>/dev/null && exit 1; exit 0'
    const { exitCode } = await runInBottle(createBackend(), run.plan(["/bin/sh", "-c", script, folder]))
    expect(exitCode).toBe(0)
    expect(readdirSync(run.folders.home)).toContain("proof")
  })

  test("the root of the file system is mounted read-only, whoever owns a folder of it", async () => {
    await using run = openTestRun()
    const options = perl('while (<>) { my @f = split; print "$f[5]\\n" if $f[4] eq "/" }', "/proc/self/mountinfo")
    const { stdout } = await runInBottle(createBackend(), run.plan(options))
    expect(stdout.trim().split("\n").at(-1)).toMatch(/^ro,/)
  })

  test("what runs the bottle cannot be replaced from inside", async () => {
    await using run = openTestRun()
    const attack =
      'for my $f (glob("/opt/bot-bottle/runtime/* /opt/bot-bottle/runtime/forwarder/* /etc/passwd /etc/hosts")) { print "$f\\n" if open(my $h, "+<", $f) or unlink $f or rename $f, "$f.old" }'
    expect((await runInBottle(createBackend(), run.plan(perl(attack)))).stdout).toBe("")
  })
}
