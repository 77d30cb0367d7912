import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST_SHARE_FILES, OperatorProblem } from "@bot-bottle/contracts"
import { openProxy } from "./open-proxy.ts"
import { openTunnel } from "./testing/raw-connection.ts"
import { createRunFolders, route, startTestProxy, testConfig } from "./testing/test-proxy.ts"

const EDGES = { report: () => {}, reportFailure: () => {} }

test("INV-45: with the front socket there, everything the bottle needs is, and nothing more is readable", async () => {
  await using proxy = await startTestProxy({
    systemRoots: "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----",
  })
  const share = join(proxy.frontPath, "..")
  const bundle = readFileSync(join(share, GUEST_SHARE_FILES.caBundle), "utf8")
  expect(bundle).toBe(`-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n${proxy.ca}`)
  const modes = ["ca.pem", "ca-bundle.pem"].map((name) => statSync(join(share, name)).mode & 0o777)
  const hostModes = ["control.sock", "events.jsonl"].map(
    (name) => statSync(join(proxy.egressFolder, name)).mode & 0o777,
  )
  expect([modes, hostModes]).toEqual([
    [0o644, 0o644],
    [0o600, 0o600],
  ])
})

test.each([
  [
    "an API that this build cannot read",
    { routes: [route("api.example.com", { metering: { provider: "x", api: "telepathy" } })] },
  ],
] as const)("INV-45: %s is an operator problem, and no socket is made", async (_what, options) => {
  await using folders = await createRunFolders()
  const config = { ...testConfig(folders.paths, {}), ...options }
  await expect(openProxy(config, EDGES)).rejects.toBeInstanceOf(OperatorProblem)
  expect(existsSync(join(folders.paths.guestShare, GUEST_SHARE_FILES.socket))).toBe(false)
})

test("what a killed proxy left behind is replaced", async () => {
  await using folders = await createRunFolders()
  for (const path of [
    join(folders.paths.guestShare, GUEST_SHARE_FILES.socket),
    join(folders.paths.egressFolder, "control.sock"),
  ])
    writeFileSync(path, "stale")
  const proxy = await openProxy(testConfig(folders.paths, {}), EDGES)
  expect(statSync(join(folders.paths.guestShare, GUEST_SHARE_FILES.socket)).isSocket()).toBe(true)
  await proxy.close()
})

// Bun reaches a socket whose path the kernel would not take through a descriptor of its folder.
test("folders of any length hold the sockets, and both answer there", async () => {
  await using folders = await createRunFolders()
  const long = join(folders.paths.egressFolder, "x".repeat(120), "y".repeat(120))
  const paths = { ...folders.paths, egressFolder: join(long, "egress"), guestShare: join(long, "share") }
  for (const path of [paths.egressFolder, paths.guestShare]) mkdirSync(path, { recursive: true })
  const proxy = await openProxy(testConfig(paths, {}), EDGES)
  const status = await fetch("http://proxy/status", { unix: join(paths.egressFolder, "control.sock") })
  const { raw, answer } = await openTunnel(join(paths.guestShare, GUEST_SHARE_FILES.socket), "api.example.com:443")
  expect([status.status, answer.status]).toEqual([200, 200])
  raw[Symbol.dispose]()
  await proxy.close()
})
