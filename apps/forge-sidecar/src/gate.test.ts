import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { cloneAsAgent, OWN_BRANCH } from "./testing/agent-git.ts"
import { openTestGate, type TestGate } from "./testing/test-sidecar.ts"

test("a push to the run's own branch reaches the forge, is in the audit chain, and its commits get a note", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.write("widget.txt", "green\n")
  const oid = await git.commit("Make the widget green\n\nFixes #1")
  await git.do("push", "--quiet", "origin", "HEAD")
  expect(await gate.remote.git("rev-parse", OWN_BRANCH)).toBe(oid)
  expect(
    (await gate.sidecar.audit()).map(({ kind, actor, detail }): object => ({ kind, actor, ...detail, call: "" })),
  ).toEqual([
    {
      kind: "git-push",
      actor: "agent",
      call: "",
      repository: "acme/widgets",
      outcome: "allowed",
      oid,
      commits: [oid],
      ref: `refs/heads/${OWN_BRANCH}`,
      gitleaks: "not-run",
      text: `pushed 1 commit to ${OWN_BRANCH}`,
    },
  ])
  await waitFor("the notes", async () =>
    (await gate.remote.listRefs()).some((line) => line.startsWith("refs/notes/bot-bottle ")),
  )
  expect(await gate.remote.git("notes", "--ref=bot-bottle", "show", oid)).toBe(
    "Bot-Bottle-Run: fixer-abc12\nBot-Bottle-Policy: 9f8e7d",
  )
  expect(gate.sidecar.failures).toEqual([])
})

test("what the forge got meanwhile is there for the next fetch, and a merge of it may be pushed", async () => {
  await using gate = await openTestGate({ files: { "a.txt": "a\n", ".gitea/workflows/ci.yml": "on: push\n" } })
  const git = await cloneAsAgent(gate)
  const other = await cloneAsAgent(gate, "other")
  await other.write("b.txt", "b\n")
  await other.commit("b")
  await other.do(
    "push",
    "--quiet",
    gate.remote.cloneUrl.replace("http://", `http://x:${gate.sidecar.gitea.token}@`),
    "HEAD:main",
  )
  await git.write("c.txt", "c\n")
  await git.commit("c")
  await git.do("push", "--quiet", "origin", "HEAD")
  gate.sidecar.nowMs += 60_000
  await git.do("fetch", "--quiet", "origin", "main")
  await git.do("merge", "--quiet", "--no-edit", "origin/main")
  await git.do("push", "--quiet", "origin", "HEAD")
  expect(await gate.remote.git("show", `${OWN_BRANCH}:b.txt`)).toBe("b")
})

test("a branch at a commit that the forge has already adds no object, and is pushed", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.do("push", "--quiet", "origin", "HEAD")
  expect(await gate.remote.git("rev-parse", OWN_BRANCH)).toBe(await gate.remote.git("rev-parse", "main"))
  const [entry] = await gate.sidecar.audit()
  expect(entry?.detail).toMatchObject({ outcome: "allowed", commits: [], text: `pushed 0 commits to ${OWN_BRANCH}` })
  expect(gate.sidecar.failures).toEqual([])
})

// biome-ignore format: a table
const FOREIGN_REFS = [
  // pushed                                                              refused as
  [["HEAD:main"],                                                          "not-own-branch"],
  [["HEAD:bot-bottle/other-xyz99/work"],                                   "not-own-branch"],
  [["HEAD:refs/heads/bot-bottle/fixer-abc123/x"],                          "not-own-branch"],
  [["HEAD:refs/tags/v1"],                                                  "not-own-branch"],
  [["HEAD:refs/for/main"],                                                 "not-own-branch"],
  [["HEAD:refs/replace/0123456789012345678901234567890123456789"],         "not-own-branch"],
  [["HEAD:refs/notes/bot-bottle"],                                         "not-own-branch"],
  [["HEAD:refs/notes/commits"],                                            "not-own-branch"],
  [["HEAD:refs/pull/1/head"],                                              "not-own-branch"],
  [["HEAD:refs/heads/bot-bottle/fixer-abc12"],                             "not-own-branch"],
  [["HEAD:refs/heads/Bot-Bottle/fixer-abc12/work"],                        "not-own-branch"],
  [["HEAD", "HEAD:bot-bottle/fixer-abc12/b"],                              "several-refs"],
] as const

test("INV-200: other branches and runs, tags, refs that open pull requests, several at once: refused before anything reaches the forge", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.commit("x")
  const before = await gate.remote.listRefs()
  for (const [specs] of FOREIGN_REFS)
    expect((await git.run("push", "origin", ...specs)).said).toContain("remote: gate: push ")
  expect(await reasons(gate)).toEqual(FOREIGN_REFS.map(([, reason]) => reason))
  expect(await gate.remote.listRefs()).toEqual(before)
  await git.do("push", "--quiet", "origin", "HEAD")
}, 60_000)

test("INV-200: no deletion, no rewritten history, no push options", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.commit("first")
  await git.do("push", "--quiet", "origin", "HEAD")
  const before = await gate.remote.git("rev-parse", OWN_BRANCH)
  expect((await git.run("push", "origin", `:${OWN_BRANCH}`)).said).toContain("not deleted through the gate")
  await git.do("commit", "--quiet", "--amend", "--allow-empty", "--message=other")
  expect((await git.run("push", "--force", "origin", "HEAD")).said).toContain(
    "history is not rewritten through the gate",
  )
  await git.do("reset", "--quiet", "--hard", before)
  await git.commit("second")
  expect((await git.run("push", "-o", "repo.private=false", "origin", "HEAD")).said).toContain(
    "does not support push options",
  )
  expect(await gate.remote.git("rev-parse", OWN_BRANCH)).toBe(before)
  expect(await reasons(gate)).toEqual(["deletion", "not-fast-forward"])
})

const WORKFLOWS = [
  ".gitea/workflows/x.yml",
  ".github/workflows/deep/x.yml",
  ".forgejo/workflows/x.yml",
  ".GitHub/Workflows/x.yml",
] as const

test("INV-200: workflow files are refused in any commit of a push, and taken when the bottle allows them", async () => {
  for (const allowsWorkflows of [false, true]) {
    await using gate = await openTestGate({ repository: { allowsWorkflows } })
    const git = await cloneAsAgent(gate)
    for (const [index, path] of WORKFLOWS.entries()) {
      await git.do("reset", "--quiet", "--hard", "origin/main")
      await git.write(path, "on: push\n")
      await git.commit("add")
      await git.do("rm", "--quiet", "-r", path)
      await git.commit("and remove")
      const { exitCode, said } = await git.run("push", "origin", `HEAD:refs/heads/bot-bottle/fixer-abc12/${index}`)
      expect([path, exitCode === 0]).toEqual([path, allowsWorkflows])
      if (!allowsWorkflows) expect(said).toContain(`${JSON.stringify(path)} is a workflow file`)
    }
  }
}, 60_000)

test("INV-200: a commit message that would close another issue is refused, with the line; the assigned one's is not", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.commit("Work\n\nfixes #16 at last")
  expect((await git.run("push", "origin", "HEAD")).said).toContain("change the line: fixes #16 at last")
  await git.do("commit", "--quiet", "--amend", "--allow-empty", "--message=fixes #1")
  await git.do("push", "--quiet", "origin", "HEAD")
})

// biome-ignore format: a table
const ODD_MESSAGES = [
  // the commit says its encoding is      and its bytes are                              refused as
  [undefined,                             Buffer.from("Work\n\nfixes #16\n"),            "would close another issue"],
  [undefined,                             Buffer.from("Work\0 fixes #16\n"),             "fsck error"],
  ["UTF-16LE",                            Buffer.from("work, fixes #16\n"),              "would close another issue"],
  ["IBM037",                              Buffer.from("work, fixes #16\n"),              "would close another issue"],
  ["UTF-16LE",                            Buffer.from("work, fixes #16 ", "utf16le"),    "fsck error"],
  ["no-such-encoding",                    Buffer.from("work, fixes #16\n"),              "would close another issue"],
] as const

test("INV-200: a keyword counts as the bytes of a message and as text of the encoding that the commit names", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  const tree = await git.do("rev-parse", "HEAD^{tree}")
  const parent = await git.do("rev-parse", "HEAD")
  for (const [encoding, message, words] of ODD_MESSAGES) {
    const named = encoding === undefined ? "" : `encoding ${encoding}\n`
    const who = "Fixer <fixer@example.test> 1 +0000"
    const head = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n${named}\n`
    await git.write("../raw-commit", Buffer.concat([Buffer.from(head), message]))
    const oid = await git.do("hash-object", "-t", "commit", "-w", "../raw-commit")
    const { said } = await git.run("push", "origin", `${oid}:refs/heads/${OWN_BRANCH}`)
    expect([encoding, said]).toEqual([encoding, expect.stringContaining(words)])
  }
  expect((await gate.remote.listRefs()).length).toBe(1)
})

test("INV-200: a tag, a file or a cut-off history cannot become a branch", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  await git.do("tag", "--annotate", "--message=x", "v1")
  const blob = await git.do("hash-object", "-w", "README.md")
  await git.commit("first")
  await git.commit("second")
  for (const odd of ["v1", blob])
    expect((await git.run("push", "origin", `${odd}:refs/heads/${OWN_BRANCH}`)).said).toContain("gate: ")
  await git.do("clone", "--quiet", "--depth=1", `file://${git.folder}`, "../shallow")
  const address = `${gate.sidecar.doors.git}/acme/widgets.git`
  const { exitCode, said } = await git.run("-C", "../shallow", "push", address, `HEAD:refs/heads/${OWN_BRANCH}`)
  expect([exitCode, said]).toEqual([1, expect.stringContaining("shallow update not allowed")])
  expect(await reasons(gate)).toEqual(["not-a-commit", "not-a-commit", "unreadable"])
  expect((await gate.remote.listRefs()).length).toBe(1)
})

test("the forge's own refusal reaches the agent, and nothing is stored; neither token nor address is in it", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  gate.remote.protectedBranch = OWN_BRANCH
  await git.commit("x")
  const { said } = await git.run("push", "origin", "HEAD")
  expect(said).toContain("remote: gate: the remote refused the push")
  expect(said).not.toContain(gate.sidecar.gitea.token)
  expect(said).not.toContain(gate.sidecar.gitea.origin)
  expect(await texts(gate)).toEqual([
    `pushed 1 commit to ${OWN_BRANCH}`,
    `failed push to ${OWN_BRANCH}: refused by the remote`,
  ])
  gate.remote.protectedBranch = undefined
  await git.do("push", "--quiet", "origin", "HEAD")
})

test("a read-only repository is cloned and never pushed to", async () => {
  await using gate = await openTestGate({ repository: { isWritable: false } })
  const git = await cloneAsAgent(gate)
  await git.commit("x")
  expect((await git.run("push", "origin", "HEAD")).said).toContain("this repository is read-only for the run")
})

test("a run that is cut off clones and pushes nothing", async () => {
  await using gate = await openTestGate()
  const git = await cloneAsAgent(gate)
  gate.sidecar.egress = "cut"
  await git.commit("x")
  expect((await git.run("push", "origin", "HEAD")).said).toContain("gate: the run is cut off")
  await expect(cloneAsAgent(gate, "second")).rejects.toThrow("the run is cut off")
})

const UNSERVED = [
  "/acme/other.git/info/refs?service=git-upload-pack",
  "/acme/widgets.git/HEAD",
  "/acme/widgets.git/objects/info/packs",
  "/acme/widgets.git/info/lfs/objects/batch",
  "/acme/../acme/widgets.git/config",
  "/acme%2fwidgets.git/info/refs?service=git-upload-pack",
  "/hooks.git/info/refs?service=git-upload-pack",
] as const

test("three addresses a repository are served, and never a 401, which asks for a password", async () => {
  await using gate = await openTestGate()
  const status = async (path: string) => (await fetch(`${gate.sidecar.doors.git}${path}`)).status
  const list = "/acme/widgets.git/info/refs"
  expect(await status(`${list}?service=git-upload-pack`)).toBe(200)
  expect(await Promise.all(UNSERVED.map(status))).toEqual(UNSERVED.map(() => 404))
  const odd = ["?service=git-upload-archive", "", "?service=git-receive-pack&x=y"]
  expect(await Promise.all(odd.map((query) => status(list + query)))).toEqual(odd.map(() => 403))
})

test("a remote that cannot be reached is told to the agent without its address", async () => {
  await using gate = await openTestGate()
  gate.sidecar.gitea.git = async () => new Response("gone", { status: 503 })
  const refused = await cloneAsAgent(gate).catch(String)
  expect(refused).toContain("gate: the remote refused")
  expect(refused).not.toContain(gate.sidecar.gitea.origin)
})

test("an agent that keeps the gate busy is told to come back, may still signal, and is served again afterwards", async () => {
  await using gate = await openTestGate()
  const held = Promise.withResolvers<Response>()
  const { git } = gate.sidecar.gitea
  gate.sidecar.gitea.git = () => held.promise
  const list = () => fetch(`${gate.sidecar.doors.git}/acme/widgets.git/info/refs?service=git-upload-pack`)
  const waiting = Array.from({ length: 8 }, list)
  await waitFor("the ninth to be refused", async () => (await within(list(), 500))?.status === 503)
  expect((await gate.sidecar.rpc("signal_done", { status: "success", summary: "done" })).error).toBeUndefined()
  held.resolve(new Response("later", { status: 503 }))
  await Promise.all(waiting)
  gate.sidecar.gitea.git = git
  expect((await list()).status).toBe(200)
}, 30_000)

/** Undefined when it takes longer; the answer is then nobody's. */
async function within(answer: Promise<Response>, ms: number): Promise<Response | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))
  return await Promise.race([answer, late])
}

async function reasons(gate: TestGate): Promise<readonly unknown[]> {
  return (await gate.sidecar.audit()).flatMap(({ detail }) =>
    detail["outcome"] === "refused" ? [detail["reason"]] : [],
  )
}

async function texts(gate: TestGate): Promise<readonly unknown[]> {
  return (await gate.sidecar.audit()).map(({ detail }) => detail["text"])
}
