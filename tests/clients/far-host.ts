// The far side of most clients: one host that serves a package of each kind, a Git repository and a
// bucket. It remembers what it was asked.

import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, normalize } from "node:path"
import { startUpstream, type TestCa } from "@bot-bottle/proxy/testing"
import { runProgram } from "@bot-bottle/testkit"
import { zip } from "./zip.ts"

export const ANSWER = "hello from far away"
/** Of every kind of registry. */
export const PACKAGE = "greeting"

export interface FarHost extends AsyncDisposable {
  readonly address: string
  /** `GET /path`, in order. */
  readonly asked: readonly string[]
}

export async function startFarHost(host: string, ca: TestCa): Promise<FarHost> {
  const folder = mkdtempSync(join(tmpdir(), "clients-far-"))
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  await addNpm(files, host)
  addPython(files)
  addGo(files)
  await addCargo(files, host)
  addMaven(files)
  addBrowser(files)
  files.set(`/lfs/${LARGE_OID}`, bytes(ANSWER))
  const repository = await createRepository(folder)
  const objects = new Map<string, Uint8Array<ArrayBuffer>>()
  const asked: string[] = []

  const upstream = startUpstream({
    host,
    ca,
    async answer(request) {
      const { pathname } = new URL(request.url)
      asked.push(`${request.method} ${pathname}`)
      if (pathname === LARGE_BATCH) return Response.json(largeBatch(host), { headers: { "content-type": LFS_TYPE } })
      if (pathname.startsWith("/git/")) return repositoryFile(repository, pathname)
      if (pathname.startsWith("/bucket/")) return bucket(objects, request, pathname)
      const file = files.get(pathname.endsWith(".zip") && pathname.startsWith("/builds/") ? "browser.zip" : pathname)
      if (file !== undefined) return whole(file, pathname)
      if (pathname.startsWith("/x")) return new Response(ANSWER)
      return new Response("no such thing", { status: 404 })
    },
  })
  return {
    address: upstream.address,
    asked,
    async [Symbol.asyncDispose]() {
      await upstream[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Files = Map<string, Uint8Array<ArrayBuffer>>

async function addNpm(files: Files, host: string): Promise<void> {
  const manifest = { name: PACKAGE, version: "1.0.0", main: "index.js" }
  const entries = {
    "package/package.json": JSON.stringify(manifest),
    "package/index.js": `module.exports = "${ANSWER}"`,
  }
  const archive = await tarGz(entries)
  const path = `/npm/${PACKAGE}/-/${PACKAGE}-1.0.0.tgz`
  const dist = {
    tarball: `https://${host}${path}`,
    integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}`,
    shasum: createHash("sha1").update(archive).digest("hex"),
  }
  const document = { name: PACKAGE, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": { ...manifest, dist } } }
  files.set(path, archive)
  files.set(`/npm/${PACKAGE}`, bytes(JSON.stringify(document)))
}

function addPython(files: Files): void {
  const info = `${PACKAGE}-1.0.0.dist-info`
  const contents: Readonly<Record<string, string>> = {
    [`${PACKAGE}.py`]: `WORDS = "${ANSWER}"\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${PACKAGE}\nVersion: 1.0.0\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  }
  const record = Object.keys(contents).map((path) => `${path},,`)
  const entries = Object.entries({ ...contents, [`${info}/RECORD`]: [...record, `${info}/RECORD,,`, ""].join("\n") })
  const wheel = zip(entries.map(([path, content]) => ({ path, content })))
  const name = `${PACKAGE}-1.0.0-py3-none-any.whl`
  const hash = createHash("sha256").update(wheel).digest("hex")
  files.set(`/simple/${PACKAGE}/${name}`, wheel)
  files.set(`/simple/${PACKAGE}/`, bytes(`<!DOCTYPE html><a href="${name}#sha256=${hash}">${name}</a>`))
}

function addGo(files: Files): void {
  const base = `/go/example.com/${PACKAGE}/@v/v1.0.0`
  const module = `module example.com/${PACKAGE}\n\ngo 1.20\n`
  const prefix = `example.com/${PACKAGE}@v1.0.0`
  files.set(`${base}.info`, bytes('{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}'))
  files.set(`${base}.mod`, bytes(module))
  files.set(
    `${base}.zip`,
    zip([
      { path: `${prefix}/go.mod`, content: module },
      { path: `${prefix}/words.go`, content: `package ${PACKAGE}\n\nconst Words = "${ANSWER}"\n` },
    ]),
  )
}

async function addCargo(files: Files, host: string): Promise<void> {
  const root = `${PACKAGE}-1.0.0`
  const archive = await tarGz({
    [`${root}/Cargo.toml`]: `[package]\nname = "${PACKAGE}"\nversion = "1.0.0"\nedition = "2021"\n`,
    [`${root}/src/lib.rs`]: `pub const WORDS: &str = "${ANSWER}";\n`,
  })
  const cksum = createHash("sha256").update(archive).digest("hex")
  const row = { name: PACKAGE, vers: "1.0.0", deps: [], cksum, features: {}, yanked: false }
  files.set("/cargo/config.json", bytes(JSON.stringify({ dl: `https://${host}/cargo/crates/{crate}-{version}.crate` })))
  files.set(`/cargo/gr/ee/${PACKAGE}`, bytes(`${JSON.stringify(row)}\n`))
  files.set(`/cargo/crates/${PACKAGE}-1.0.0.crate`, archive)
}

function addMaven(files: Files): void {
  const base = `/maven/example/${PACKAGE}/1.0.0/${PACKAGE}-1.0.0`
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>${PACKAGE}</artifactId><version>1.0.0</version><packaging>pom</packaging><name>${ANSWER}</name></project>`
  files.set(`${base}.pom`, bytes(pom))
  files.set(`${base}.pom.sha1`, bytes(createHash("sha1").update(pom).digest("hex")))
}

/** The file that Playwright's downloader fetches, under any name. */
function addBrowser(files: Files): void {
  files.set(
    "browser.zip",
    zip([
      { path: "chrome-linux64/chrome", content: "#!/bin/sh\n", mode: 0o755 },
      { path: "ffmpeg-linux", content: "#!/bin/sh\n", mode: 0o755 },
    ]),
  )
}

/** With its length, which some downloaders crash without. */
function whole(file: Uint8Array<ArrayBuffer>, path: string): Response {
  const type = path.endsWith("/") ? "text/html" : "application/octet-stream"
  return new Response(file, { headers: { "content-type": type } })
}

async function createRepository(folder: string): Promise<string> {
  const work = join(folder, "work")
  const bare = join(folder, "bare.git")
  mkdirSync(work)
  writeFileSync(join(work, "words"), ANSWER)
  const pointer = ["version https://git-lfs.github.com/spec/v1", `oid sha256:${LARGE_OID}`, `size ${ANSWER.length}`, ""]
  writeFileSync(join(work, "large"), pointer.join("\n"))
  writeFileSync(join(work, ".gitattributes"), "large filter=lfs diff=lfs merge=lfs -text\n")
  const identity = ["-c", "user.name=far", "-c", "user.email=far@example.com", "-c", "init.defaultBranch=main"]
  for (const words of [
    ["init", "-q"],
    ["add", "."],
    ["commit", "-qm", "words"],
  ])
    await runProgram(["git", "-C", work, ...identity, ...words])
  await runProgram(["git", "clone", "-q", "--bare", work, bare])
  await runProgram(["git", "-C", bare, "update-server-info"])
  return bare
}

function repositoryFile(repository: string, pathname: string): Response {
  const path = normalize(pathname.slice("/git/words.git/".length))
  try {
    return new Response(readFileSync(join(repository, path)))
  } catch {
    // The dumb protocol asks for what need not be there.
    return new Response("none", { status: 404 })
  }
}

const LFS_TYPE = "application/vnd.git-lfs+json"
const LARGE_BATCH = "/git/words.git/info/lfs/objects/batch"
const LARGE_OID = createHash("sha256").update(ANSWER).digest("hex")

/** Where the contents of the repository's large file are. */
function largeBatch(host: string): object {
  const download = { href: `https://${host}/lfs/${LARGE_OID}` }
  return {
    transfer: "basic",
    objects: [{ oid: LARGE_OID, size: ANSWER.length, authenticated: true, actions: { download } }],
  }
}

async function bucket(objects: Files, request: Request, pathname: string): Promise<Response> {
  if (request.method === "PUT") {
    const sent = new Uint8Array(await request.arrayBuffer())
    objects.set(pathname, request.headers.get("content-encoding") === "aws-chunked" ? unchunk(sent) : sent)
    return new Response(null, { headers: { etag: '"1"' } })
  }
  const object = objects.get(pathname)
  return object === undefined ? new Response("", { status: 404 }) : new Response(object, { headers: { etag: '"1"' } })
}

/** The first chunk of a body in the framing that S3's clients use. */
function unchunk(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(body)
  const size = Number.parseInt(text.toString("latin1"), 16)
  const start = text.indexOf("\r\n") + 2
  return body.slice(start, start + size)
}

async function tarGz(entries: Readonly<Record<string, string>>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Bun.Archive(entries, { compress: "gzip" }).bytes())
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
