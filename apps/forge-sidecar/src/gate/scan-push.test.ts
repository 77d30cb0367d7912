import { expect, test } from "bun:test"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { chmod, readdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { GITLEAKS, openTempFolder } from "@bot-bottle/testkit"
import { cloneAsAgent, OWN_BRANCH } from "../testing/agent-git.ts"
import { HOST_SECRET, openTestGate, type TestGate } from "../testing/test-sidecar.ts"

test("INV-200: the host's own credential, whole, in base64 or in part, is found in files, messages, names and other commits", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  const said: string[] = []
  const push = async () => {
    said.push((await git.run("push", "origin", "HEAD")).said)
    await git.do("reset", "--quiet", "--hard", "origin/main")
  }
  const forms = [HOST_SECRET, Buffer.from(HOST_SECRET).toString("base64"), HOST_SECRET.slice(14, 40)]
  for (const form of forms) {
    await git.write("deep/er/file.bin", `\0\0${form}\0`)
    await git.commit("one")
    await git.do("rm", "--quiet", "-r", "deep")
    await git.commit("gone again")
    await push()
    await git.commit(`message ${form}`)
    await push()
    await git.write(`name-${form.replaceAll("/", "_")}`, "x")
    await git.commit("name")
    await push()
  }
  expect(said.filter((words) => !words.includes("a credential of the host in"))).toEqual([])
  expect(said[0]).toContain('a credential of the host in "deep/er/file.bin"')
  expect(await reasons(gate)).toEqual(said.map(() => "secrets"))
  expect((await gate.remote.listRefs()).length).toBe(1)
  for (const form of forms) expect(JSON.stringify(await gate.sidecar.audit())).not.toContain(form)
  expect((await readdir(gate.sidecar.folder)).filter((name) => name.startsWith("scan-"))).toEqual([])
}, 60_000)

const AWS_KEY = ["AKIA", "Q3EGRTWZPL6NVXKD"].join("")
const PATTERN_SECRET = `aws_access_key_id = "${AWS_KEY}"\n`

const HIDING_PLACES = [
  ["plain.py", PATTERN_SECRET],
  ["told-to-pass-over.py", PATTERN_SECRET.trimEnd().concat(" # gitleaks:allow\n")],
  ["nul.dat", `\0${PATTERN_SECRET}`],
  ["package-lock.json", PATTERN_SECRET],
  ["begins-like-gzip.txt", Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), Buffer.from(PATTERN_SECRET)])],
  ["begins-like-pdf.pdf", `%PDF-1.4\n${PATTERN_SECRET}`],
  ["real.gz", Bun.gzipSync(Buffer.from(PATTERN_SECRET))],
  ["base64.txt", Buffer.from(PATTERN_SECRET).toString("base64")],
  ["base64-twice.txt", Buffer.from(Buffer.from(PATTERN_SECRET).toString("base64")).toString("base64")],
  ["hex.txt", Buffer.from(PATTERN_SECRET).toString("hex")],
  ["percent.txt", Buffer.from(PATTERN_SECRET).toString("hex").replace(/../g, "%$&")],
  ["escaped.js", Buffer.from(PATTERN_SECRET).toString("hex").replace(/../g, "\\u00$&")],
  ["utf-16.txt", Buffer.from(`\ufeff${PATTERN_SECRET}`, "utf16le")],
  ["utf-16-big-endian.txt", Buffer.from(PATTERN_SECRET, "utf16le").swap16()],
  ["odd.utf-16", Buffer.concat([Buffer.from("x"), Buffer.from(PATTERN_SECRET, "utf16le")])],
  ["packed.tgz", tarOf(PATTERN_SECRET, "gz")],
  ["packed.tar.xz", tarOf(PATTERN_SECRET, "xz")],
  ["picture.png", zipOf(PATTERN_SECRET)],
  ["installer.run", Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), zipOf(PATTERN_SECRET)])],
  // A pointer of Git LFS is a file like any other; the gate serves no address for what it points to.
  ["large.bin", `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12\n${PATTERN_SECRET}`],
] as const

test.skipIf(GITLEAKS === undefined)(
  "INV-200: gitleaks finds a secret wherever it is put, whatever the repository says",
  async () => {
    await using gate = await openTestGate({ config: withGitleaks() })
    const git = await cloneAsAgent(gate)
    await git.write(".gitleaks.toml", "[allowlist]\npaths = ['''.*''']\n")
    await git.write(".gitleaksignore", "*\n")
    await git.write(".gitattributes", "* -diff binary\n")
    await git.commit("blind the scanner")
    const start = await git.do("rev-parse", "HEAD")
    for (const [path, content] of HIDING_PLACES) {
      await git.do("reset", "--quiet", "--hard", start)
      await git.write(path, content)
      await git.commit("x")
      const { said } = await git.run("push", "origin", "HEAD")
      expect(said).toContain(`remote:   aws-access-token in ${JSON.stringify(path)}, line`)
      expect(said).not.toContain(AWS_KEY)
    }
    expect(await reasons(gate)).toEqual(HIDING_PLACES.map(() => "secrets"))
    expect(JSON.stringify(await gate.sidecar.audit())).not.toContain(AWS_KEY)
  },
  60_000,
)

test.skipIf(GITLEAKS === undefined)(
  "INV-200: gitleaks finds a secret in a message, and one that only a merge adds",
  async () => {
    await using gate = await openTestGate({ config: withGitleaks() })
    const git = await cloneAsAgent(gate)
    await git.commit(`x\n\n${PATTERN_SECRET}`)
    expect((await git.run("push", "origin", "HEAD")).said).toContain("aws-access-token in commit")
    await git.do("reset", "--quiet", "--hard", "origin/main")
    await git.do("checkout", "--quiet", "-b", "side")
    await git.write("side.txt", "side\n")
    await git.commit("side")
    await git.do("checkout", "--quiet", OWN_BRANCH)
    await git.commit("own")
    await git.do("merge", "--quiet", "--no-commit", "--no-ff", "side")
    await git.write("merged.txt", PATTERN_SECRET)
    await git.commit("merge")
    expect((await git.run("push", "origin", "HEAD")).said).toContain('aws-access-token in "merged.txt"')
  },
)

test.skipIf(GITLEAKS === undefined)(
  "a secret that the base version of the file holds already does not count; the verdict is clean",
  async () => {
    await using gate = await openTestGate({ config: withGitleaks(), files: { "config.py": PATTERN_SECRET } })
    const git = await cloneAsAgent(gate)
    await git.write("config.py", `${PATTERN_SECRET}color = "green"\n`)
    await git.commit("touch the file")
    await git.do("push", "--quiet", "origin", "HEAD")
    expect((await gate.sidecar.audit()).map(({ detail }) => detail["gitleaks"])).toEqual(["clean"])
  },
)

// biome-ignore format: a table
const BROKEN_GITLEAKS = [
  // what it does                          how
  ["exits 0 and writes no report",           "exit 0"],
  ["reports an error and exits 0",           'echo "[]" >"$report"; echo "9:00AM ERR could not read" >&2; exit 0'],
  ["fails",                                  'echo "[]" >"$report"; exit 1'],
  ["says by its code alone that there are",  'echo "[]" >"$report"; exit 77'],
  ["writes half a report",                   'echo "[{" >"$report"; exit 0'],
  ["is killed",                              "kill -9 $$"],
] as const

test("INV-200: a gitleaks that fails in any way refuses the push; one that finds nothing does not", async () => {
  await using folder = await openTempFolder()
  const program = join(folder.path, "gitleaks")
  const place = async (script: string) => {
    await Bun.write(
      program,
      `#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" != --report-path ] || report=$2; shift; done\n${script}\n`,
    )
    await chmod(program, 0o755)
  }
  await using gate = await openTestGate({ config: { gitleaks: program } })
  const git = await cloneAsAgent(gate)
  await git.commit("x")
  expect((await git.run("push", "origin", "HEAD")).said).toContain("gitleaks could not be started")
  for (const [_what, script] of BROKEN_GITLEAKS) {
    await place(script)
    expect((await git.run("push", "origin", "HEAD")).said).toContain("the push could not be scanned")
  }
  expect(await reasons(gate)).toEqual(["scan-failed", ...BROKEN_GITLEAKS.map(() => "scan-failed")])
  await place('echo "[]" >"$report"')
  await git.do("push", "--quiet", "origin", "HEAD")
}, 60_000)

test("INV-200: without gitleaks, a bottle that requires it pushes nothing", async () => {
  await using gate = await openTestGate({ config: { requireGitleaks: true } })
  const git = await cloneAsAgent(gate)
  await git.commit("x")
  expect((await git.run("push", "origin", "HEAD")).said).toContain(
    "pushes need gitleaks, which is not installed on the host",
  )
})

function tarOf(text: string, compression: "gz" | "xz"): Buffer {
  const flag = { gz: "--gzip", xz: "--xz" }[compression]
  return packed(["tar", "--create", flag, "--file=out", "secret.txt"], text)
}

function zipOf(text: string): Buffer {
  return packed(["git", "archive", "--format=zip", "--output=out", "HEAD"], text)
}

/** The file `out` that `argv` makes of `secret.txt`, in a repository of its own. */
function packed(argv: readonly string[], text: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "bb-packed-"))
  const identity = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
  }
  const run = (...words: readonly string[]) => {
    const { exitCode, stderr } = Bun.spawnSync([...words], { cwd: folder, env: { ...process.env, ...identity } })
    if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr}`)
  }
  try {
    writeFileSync(join(folder, "secret.txt"), text)
    run("git", "init", "--quiet")
    run("git", "add", "secret.txt")
    run("git", "commit", "--quiet", "--message=x")
    run(...argv)
    return readFileSync(join(folder, "out"))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function withGitleaks() {
  return GITLEAKS === undefined ? {} : { gitleaks: GITLEAKS }
}

async function reasons(gate: TestGate): Promise<readonly unknown[]> {
  return (await gate.sidecar.audit()).flatMap(({ detail }) =>
    detail["outcome"] === "refused" ? [detail["reason"]] : [],
  )
}
