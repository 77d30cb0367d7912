import { expect, test } from "bun:test"
import { chmodSync, existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { DEFAULT_SETTINGS, openManifestLibrary } from "@bot-bottle/manifest"
import { openTempFolder } from "@bot-bottle/testkit"
import { askNobody } from "../questions.ts"
import { resolveLaunch } from "../resolve/resolve-launch.ts"
import { Fenced } from "../session/stop-request.ts"
import { bringUp } from "./bring-up.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import type { ProxyProcess } from "./proxy-process.ts"

test("INV-45: the run is recorded, then its proxy attached, and only then is the proxy told anything", async () => {
  await using folder = await openTempFolder()
  const steps: string[] = []
  const session = await bringUp(await request(folder.path, steps))
  await session.bottle.kill()
  expect(steps).toEqual(["createRun", "attachProxy", "configure"])
})

test("INV-45: a run that cannot be recorded is announced to nobody, and nothing of it stays", async () => {
  await using folder = await openTempFolder()
  const steps: string[] = []
  const refusing = await request(folder.path, steps, { createRun: () => Promise.reject(new Error("disk full")) })
  await expect(bringUp(refusing)).rejects.toThrow("disk full")
  expect(steps).toEqual(["proxy killed"])
  expect([...new Bun.Glob("*").scanSync({ cwd: join(folder.path, "state"), onlyFiles: false })]).toEqual([])
  expect(existsSync(folder.path)).toBe(true)
})

test("INV-48: a launch whose work became another host's on the way begins no agent, and the run is taken back", async () => {
  await using folder = await openTempFolder()
  const steps: string[] = []
  const lost = new AbortController()
  const late = await request(folder.path, steps, {
    // The database was gone, and the ledger waited for it.
    async attachProxy() {
      lost.abort(new Fenced("a lost lease on its job", 1))
    },
  })
  await expect(bringUp({ ...late, signal: lost.signal })).rejects.toThrow("a lost lease on its job")
  expect(steps).toEqual(["createRun", "proxy killed", "updateRunAsSeen"])
  expect([...new Bun.Glob("*").scanSync({ cwd: join(folder.path, "state"), onlyFiles: false })]).toEqual([])
})

test("INV-75: behind a proxy that lets everything through no agent is started, and the run is taken back", async () => {
  await using folder = await openTempFolder()
  const steps: string[] = []
  const lax = openLaxProxy(steps)
  const refusal = await bringUp({ ...(await request(folder.path, steps)), proxy: lax }).catch((error) => error)
  expect({ name: refusal.name, exitCode: refusal.exitCode }).toEqual({ name: "IsolationFailed", exitCode: 3 })
  expect(refusal.message).toContain("unlisted host: expected 403 host-not-allowed, seen 200")
  expect(refusal.message).toContain("fronted SNI: expected closed, seen answered")
  expect(steps).toEqual(["createRun", "attachProxy", "proxy killed", "updateRunAsSeen"])
  expect([...new Bun.Glob("*").scanSync({ cwd: join(folder.path, "state"), onlyFiles: false })]).toEqual([])
})

/** Says yes to every tunnel and answers whatever comes through it. */
function openLaxProxy(steps: string[]): ProxyProcess {
  const yes = "HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x03"
  let listener: Bun.UnixSocketListener<undefined> | undefined
  const proxy: Partial<ProxyProcess> = {
    pid: process.pid,
    configure({ guestShare }) {
      writeFileSync(join(guestShare, GUEST_SHARE_FILES.ca), "")
      const unix = join(guestShare, GUEST_SHARE_FILES.socket)
      listener = Bun.listen({ unix, socket: { data: (socket) => void socket.end(Buffer.from(yes, "latin1")) } })
      chmodSync(unix, 0o666)
    },
    exited: new Promise<number>(() => {}),
    async kill() {
      listener?.stop(true)
      steps.push("proxy killed")
    },
  }
  return proxy as ProxyProcess
}

async function request(root: string, steps: string[], change: Partial<Ledger> = {}) {
  const step = (name: string) => async () => void steps.push(name)
  await Bun.write(
    join(root, "bottles/dev.md"),
    '---\nagent_provider: { template: command, argv: ["true"], meters: [] }\n---\n',
  )
  await Bun.write(join(root, "agents/impl.md"), "---\nbottle: dev\n---\n")
  const library = openManifestLibrary({ root, repoFolder: root })
  const choice = {
    agent: library.loadAgent("impl"),
    bottle: library.loadBottles(["dev"]),
    bottles: ["dev"],
    settings: DEFAULT_SETTINGS,
    budget: undefined,
    shutdown: undefined,
    tags: {},
    backend: undefined,
    prompt: "x",
    opening: undefined,
    agentArguments: [],
    workspace: "empty" as const,
    secrets: "hidden" as const,
    observe: false,
  }
  const ledger = {
    createRun: step("createRun"),
    attachProxy: step("attachProxy"),
    updateRunAsSeen: step("updateRunAsSeen"),
    ...change,
  }
  const proxy = {
    pid: process.pid,
    configure: () => void steps.push("configure"),
    // This proxy never opens its socket: there is nothing the self-test could try.
    exited: Promise.resolve(1),
    kill: step("proxy killed"),
  }
  return {
    env: {
      root,
      cwd: "/",
      path: "/usr/bin:/bin",
      operator: "tester",
      find: () => undefined,
      findSecret: () => undefined,
    },
    ledger: ledger as unknown as Ledger,
    launch: await resolveLaunch(choice, {
      find: () => undefined,
      findSecret: () => undefined,
      ask: askNobody,
      purpose: "launch",
    }),
    name: { label: "x", color: "" },
    launcher: loadOwnIdentity(),
    toolchainFolder: undefined,
    signal: new AbortController().signal,
    onServiceStderr: () => {},
    onCopyStep: () => {},
    stdio: () => ({ kind: "pipe" as const }),
    proxy: proxy as unknown as ProxyProcess,
  }
}
