import { expect, test } from "bun:test"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readJson } from "@bot-bottle/testkit"
import { describeInstallFailure, type ToolchainRequest } from "./toolchain.ts"

test.each(["npm", "bun"] as const)(
  "%s installs whole, by rename, with no script run, for any uid to read; then never again",
  async (manager) => {
    await using place = await openPlace({ manager })
    const folder = join(place.root, "toolchains/trial/1.2.3")
    expect(await place.install()).toEqual({ steps: ["installing", "installed"], folder })
    expect(readFileSync(join(folder, "node_modules/trial/run"), "utf8")).toBe("#!/bin/sh\n")
    expect((statSync(join(folder, "node_modules/trial/run")).mode & 0o555).toString(8)).toBe("555")
    expect({
      scriptRan: existsSync(join(place.root, "script-ran")),
      versions: readdirSync(join(place.root, "toolchains/trial")),
    }).toEqual({
      scriptRan: false,
      versions: ["1.2.3"],
    })

    place.registry.stop(true)
    expect(await place.install()).toEqual({ steps: [], folder })
  },
)

test("three processes at once install it once", async () => {
  await using place = await openPlace()
  const runs = await Promise.all([1, 2, 3].map(() => place.install()))
  const folder = join(place.root, "toolchains/trial/1.2.3")
  expect(runs.map((run) => "folder" in run && run.folder)).toEqual([folder, folder, folder])
  expect(runs.flatMap(({ steps }) => steps).filter((step) => step === "installed")).toHaveLength(1)
})

test.each([
  // what is wrong             change                                        message
  [
    "no such executable",
    { executable: "node_modules/trial/absent" },
    /^trial 1\.2\.3 has no node_modules\/trial\/absent/,
  ],
  ["no such version", { version: "9.9.9" }, /^Cannot install trial 9\.9\.9: /],
] as const)("with %s no folder is left, and the message names the package", async (_what, change, message) => {
  await using place = await openPlace()
  expect(await place.install(change)).toEqual({
    steps: ["installing"],
    problem: expect.stringMatching(message),
    hint: expect.any(String),
  })
  expect(readdirSync(join(place.root, "toolchains/trial"))).toEqual([])
})

test("a registry out of reach: the message names the command to try", async () => {
  await using place = await openPlace()
  place.registry.stop(true)
  expect(await place.install()).toMatchObject({
    hint: "check that the npm registry can be reached: npm view trial@1.2.3 version",
  })
}, 30_000)

type Installed = { readonly steps: readonly string[] } & (
  | { readonly folder: string }
  | { readonly problem: string; readonly hint: string }
)

/** A registry of our own with one package, and an installing process that knows no other. */
async function openPlace({ manager = "npm" }: { manager?: "npm" | "bun" } = {}) {
  const root = mkdtempSync(join(tmpdir(), "bottle-toolchain-"))
  const tarball = await packTrial(root)
  const registry = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request): Response {
      if (request.url.endsWith(".tgz")) return new Response(tarball)
      const dist = {
        tarball: new URL("/trial/-/trial-1.2.3.tgz", request.url).href,
        shasum: new Bun.CryptoHasher("sha1").update(tarball).digest("hex"),
      }
      const version = {
        name: "trial",
        version: "1.2.3",
        scripts: { postinstall: `touch ${root}/script-ran` },
        hasInstallScript: true,
        dist,
      }
      return Response.json({ name: "trial", "dist-tags": { latest: "1.2.3" }, versions: { "1.2.3": version } })
    },
  })
  const request: ToolchainRequest = {
    root,
    provider: "trial",
    npmPackage: "trial",
    version: "1.2.3",
    executable: "node_modules/trial/run",
  }
  const tools = join(root, "tools")
  mkdirSync(tools)
  symlinkSync("/bin/chmod", join(tools, "chmod"))
  const env = {
    PATH: manager === "npm" ? `${tools}:${Bun.env["PATH"]}` : tools,
    HOME: root,
    npm_config_registry: registry.url.href,
    npm_config_fetch_retries: "0",
    BUN_CONFIG_REGISTRY: registry.url.href,
  }
  return {
    root,
    registry,
    async install(change: Partial<ToolchainRequest> = {}): Promise<Installed> {
      const script = `
        import { installToolchain } from ${JSON.stringify(join(import.meta.dir, "toolchain.ts"))}
        import { openLedger } from ${JSON.stringify(Bun.fileURLToPath(import.meta.resolve("@bot-bottle/ledger/testing")))}
        import { identifyProcess, isProcessAlive } from ${JSON.stringify(Bun.fileURLToPath(import.meta.resolve("@bot-bottle/kernel")))}
        await using ledger = await openLedger(${JSON.stringify(join(root, "ledger", "bot-bottle.db"))})
        const holder = identifyProcess(process.pid)
        const turn = {
          take: async (name) => (await ledger.claim({ kind: "toolchain", name, holder }, isProcessAlive)) === "claimed",
          release: (name) => ledger.releaseClaim({ kind: "toolchain", name, holder }),
        }
        const steps = []
        try {
          console.log(JSON.stringify({ folder: await installToolchain(${JSON.stringify({ ...request, ...change })}, { turn, onProgress: ({ kind }) => steps.push(kind) }), steps }))
        } catch ({ message, hint }) {
          console.log(JSON.stringify({ problem: message, hint, steps }))
        }`
      const child = Bun.spawn([process.execPath, "-e", script], {
        cwd: root,
        env,
        stdio: ["ignore", "pipe", "inherit"],
      })
      const { steps, ...outcome } = readJson(await child.stdout.text(), {
        steps: ["string"],
        folder: "string?",
        problem: "string?",
        hint: "string?",
      })
      return { ...outcome, steps: steps.filter((step) => step !== "waiting") } as Installed
    },
    async [Symbol.asyncDispose]() {
      registry.stop(true)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

async function packTrial(root: string): Promise<ArrayBuffer> {
  const folder = join(root, "pack/package")
  mkdirSync(folder, { recursive: true })
  const manifest = { name: "trial", version: "1.2.3", scripts: { postinstall: `touch ${root}/script-ran` } }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(folder, "run"), "#!/bin/sh\n", { mode: 0o700 })
  const tar = Bun.spawn(["tar", "-czf", "-", "-C", join(root, "pack"), "package"], { stdout: "pipe" })
  return new Response(tar.stdout).arrayBuffer()
}

// biome-ignore format: a table
test.each([
  // output                                                                                              told
  ["npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write\nnpm notice New version\nnpm error A complete log of this run can be found in: /x",
                                                                                                         "code ENOSPC; nospc ENOSPC: no space left on device, write"],
  ["npm notice To update run: npm install -g npm@11\nnpm ERR! code E404\nnpm ERR! 404 Not Found",        "code E404; 404 Not Found"],
  ["bun add v1.4.5\nResolving\n\nerror: GET https://r.example.com/x - 404\n",                            "bun add v1.4.5; Resolving; error: GET https://r.example.com/x - 404"],
] as const)("describeInstallFailure: the cause first, and no notices: %j", (output, told) => {
  expect(describeInstallFailure(output)).toBe(told)
})
