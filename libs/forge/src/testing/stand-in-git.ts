// The Git side of the stand-in Gitea: one bare repository over smart HTTP, with the token as
// password. Like the real one it takes a push to any branch it does not protect.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { StandInGitea } from "./stand-in-gitea.ts"

export interface StandInGit extends AsyncDisposable {
  /** For Git on the host. */
  readonly cloneUrl: string
  /** `<ref> <oid>` of every branch and note there is now. */
  listRefs(): Promise<readonly string[]>
  /** Runs Git in the bare repository and gives its trimmed output. */
  git(...args: readonly string[]): Promise<string>
  /** Requests that carried a wrong token or none. */
  readonly refused: readonly string[]
  /** Set: pushes to it are refused as a protected branch's are. */
  protectedBranch: string | undefined
}

/** The repository begins with one commit on `main`, which holds `files`. */
export async function openStandInGit(
  gitea: StandInGitea,
  files: Readonly<Record<string, string>> = { "README.md": "# widgets\n" },
): Promise<StandInGit> {
  const folder = await mkdtemp(join(tmpdir(), "bb-git-"))
  const gitDir = join(folder, "widgets.git")
  const refused: string[] = []
  const state: { protectedBranch: string | undefined } = { protectedBranch: undefined }
  const { owner, repo, branches } = gitea.world
  await run(["init", "--quiet", "--bare", "--initial-branch=main", gitDir])
  await run(["config", "http.receivepack", "true"], gitDir)
  await addFirstCommit(folder, gitDir, files)

  gitea.git = async (request) => {
    const url = new URL(request.url)
    const address = new RegExp(`^/${owner}/${repo}\\.git/(info/refs|git-upload-pack|git-receive-pack)$`).exec(
      url.pathname,
    )
    if (address === null) return new Response("Not found.\n", { status: 404 })
    const password = Buffer.from(request.headers.get("authorization")?.replace(/^Basic /, "") ?? "", "base64")
      .toString()
      .split(":")[1]
    if (password !== gitea.token) {
      refused.push(`${request.method} ${url.pathname}`)
      return new Response("Unauthorized\n", { status: 401, headers: { "www-authenticate": 'Basic realm="Gitea"' } })
    }
    const service =
      address[1] === "info/refs"
        ? url.searchParams.get("service")?.slice("git-".length)
        : address[1]?.slice("git-".length)
    const protocol = request.headers.get("git-protocol") ?? ""
    if (address[1] === "info/refs") {
      const list = Bun.spawn(["git", service ?? "", "--stateless-rpc", "--http-backend-info-refs", gitDir], {
        env: environment({ GIT_PROTOCOL: protocol }),
        stdout: "pipe",
      })
      const text = `# service=git-${service}\n`
      const isSecond = protocol.includes("version=2") && service === "upload-pack"
      const greeting = isSecond ? "" : `${(text.length + 4).toString(16).padStart(4, "0")}${text}0000`
      return new Response(new Blob([greeting, await list.stdout.bytes()]), {
        headers: { "content-type": `application/x-git-${service}-advertisement` },
      })
    }
    const body = await request.bytes()
    const plain =
      request.headers.get("content-encoding") === "gzip" ? Bun.gunzipSync(body as Uint8Array<ArrayBuffer>) : body
    if (
      service === "receive-pack" &&
      state.protectedBranch !== undefined &&
      new TextDecoder("latin1").decode(plain).includes(`refs/heads/${state.protectedBranch}`)
    )
      return new Response("branch is protected from changing it\n", {
        status: 403,
        headers: { "content-type": "text/plain" },
      })
    const child = Bun.spawn(["git", service ?? "", "--stateless-rpc", gitDir], {
      env: environment({ GIT_PROTOCOL: protocol }),
      stdin: plain,
      stdout: "pipe",
    })
    const out = await child.stdout.bytes()
    await child.exited
    if (service === "receive-pack") for (const name of await branchNames(gitDir)) branches.add(name)
    return new Response(out as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": `application/x-git-${service}-result` },
    })
  }

  return {
    cloneUrl: `${gitea.origin}/${owner}/${repo}.git`,
    listRefs: async () =>
      (await run(["for-each-ref", "--format=%(refname) %(objectname)"], gitDir))
        .split("\n")
        .filter((line) => line !== ""),
    git: (...args) => run(args, gitDir),
    refused,
    get protectedBranch() {
      return state.protectedBranch
    },
    set protectedBranch(name) {
      state.protectedBranch = name
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function addFirstCommit(folder: string, gitDir: string, files: Readonly<Record<string, string>>): Promise<void> {
  const work = join(folder, "work")
  await run(["init", "--quiet", "--initial-branch=main", work])
  for (const [path, text] of Object.entries(files)) await Bun.write(join(work, path), text)
  await run(["add", "--all"], work)
  await run(["commit", "--quiet", "--message=Begin"], work)
  await run(["push", "--quiet", gitDir, "main"], work)
}

async function branchNames(gitDir: string): Promise<readonly string[]> {
  return (await run(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"], gitDir))
    .split("\n")
    .filter((name) => name !== "")
}

async function run(args: readonly string[], cwd?: string): Promise<string> {
  const child = Bun.spawn(["git", ...args], {
    env: environment(),
    stdout: "pipe",
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (exitCode !== 0) throw new Error(`git ${args.join(" ")} exited with ${exitCode}\n${stderr}`)
  return stdout.trim()
}

function environment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const name = {
    GIT_AUTHOR_NAME: "Alice",
    GIT_AUTHOR_EMAIL: "alice@example.test",
    GIT_COMMITTER_NAME: "Alice",
    GIT_COMMITTER_EMAIL: "alice@example.test",
  }
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    ...name,
    ...own,
  }
}
