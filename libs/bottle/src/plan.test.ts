import { expect, test } from "bun:test"
import { runFolders } from "@bot-bottle/contracts"
import { type BottleRequest, planBottle, tmpBytesOf } from "./plan.ts"

test("INV-63: the mounts of a bottle, whole", () => {
  const plan = planWith({ toolchainFolder: "/root-folder/toolchains/claude/1.0.0" })
  expect(
    plan.mounts.map(({ source, target, access }) => `${access === "read-write" ? "rw" : "ro"} ${source} ${target}`),
  ).toEqual([
    "ro /root-folder/state/s/share/etc/passwd /etc/passwd",
    "ro /root-folder/state/s/share/etc/group /etc/group",
    "ro /root-folder/state/s/share/etc/hostname /etc/hostname",
    "ro /root-folder/state/s/share/etc/hosts /etc/hosts",
    "ro /root-folder/state/s/share/etc/resolv.conf /etc/resolv.conf",
    "ro /root-folder/state/s/share/etc/nsswitch.conf /etc/nsswitch.conf",
    "ro /root-folder/state/s/share/etc/gitconfig /etc/gitconfig",
    "ro /root-folder/state/s/share/etc/gitignore /etc/gitignore",
    "ro /root-folder/state/s/share/etc/git-lfs-clean /etc/git-lfs-clean",
    "ro /root-folder/state/s/share/etc/wgetrc /etc/wgetrc",
    "rw /root-folder/state/s/home /home/node",
    "rw /root-folder/state/s/workspace /home/node/workspace",
    "ro /root-folder/state/s/share /run/bot-bottle",
    "ro /host/bun /opt/bot-bottle/runtime/bun",
    "ro /host/forwarder /opt/bot-bottle/runtime/forwarder",
    "ro /host/commands /opt/bot-bottle/runtime/commands",
    "ro /root-folder/toolchains/claude/1.0.0 /opt/bot-bottle/toolchain",
  ])
})

test("INV-63: only home and workspace can be written", () => {
  expect(
    planWith({})
      .mounts.filter(({ access }) => access === "read-write")
      .map(({ target }) => target),
  ).toEqual(["/home/node", "/home/node/workspace"])
})

test.each([
  // variable             given                        in the bottle
  ["HTTPS_PROXY", {}, "http://127.0.0.1:3128"],
  ["NODE_USE_ENV_PROXY", {}, "1"],
  ["SSL_CERT_FILE", {}, "/run/bot-bottle/ca-bundle.pem"],
  ["NODE_EXTRA_CA_CERTS", {}, "/run/bot-bottle/ca.pem"],
  ["JAVA_TOOL_OPTIONS", {}, undefined],
  ["MAVEN_OPTS", {}, "-Djavax.net.ssl.trustStore=/run/bot-bottle/ca-bundle.jks"],
  ["npm_config_cafile", {}, "/run/bot-bottle/ca-bundle.pem"],
  ["AWS_CA_BUNDLE", {}, "/run/bot-bottle/ca-bundle.pem"],
  ["NO_PROXY", {}, "localhost,.localhost,bottle,127.0.0.1,127.0.0.0/8,0.0.0.0,::1"],
  ["HOME", {}, "/home/node"],
  ["LANG", { LANG: "de_DE.UTF-8" }, "de_DE.UTF-8"],
  ["MINE", { MINE: "yes" }, "yes"],
] as const)("%s given %p is %p", (name, env, expected) => {
  expect(planWith({ env }).env[name]).toBe(expected)
})

test("the toolchain's programs come first in PATH, and only when there is one", () => {
  const system = "/run/bot-bottle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  expect(planWith({}).env["PATH"]).toBe(system)
  expect(planWith({ toolchainFolder: "/t" }).env["PATH"]).toBe(`/opt/bot-bottle/toolchain/node_modules/.bin:${system}`)
})

test("folders of the operator's search path come last, each once", () => {
  const { PATH = "" } = planWith({ searchPath: ["/usr/local/go/bin", "/usr/bin"] }).env
  expect(PATH).toBe(
    "/run/bot-bottle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin",
  )
})

test.each([
  [{}, 2 * 1024 ** 3],
  [{ diskBytes: 1000 }, 1000],
  [{ tmpBytes: 5 * 1024 ** 3 }, 5 * 1024 ** 3],
  [{ tmpBytes: 5000, diskBytes: 1000 }, 5000],
] as const)("of %p, /tmp may hold %p", (limits, bytes) => {
  expect(tmpBytesOf(limits)).toBe(bytes)
})

test("cwd, limits and argv are passed on", () => {
  const { cwd, limits, argv, slug } = planWith({ limits: { pids: 9 } })
  expect({ cwd, limits, argv, slug }).toEqual({
    cwd: "/home/node/workspace",
    limits: { pids: 9 },
    argv: ["a", "b c"],
    slug: "s",
  })
})

function planWith(changes: Partial<BottleRequest>) {
  return planBottle({
    searchPath: [],
    slug: "s",
    folders: runFolders("/root-folder", "s"),
    runtime: {
      bun: "/host/bun",
      files: [
        { source: "/host/forwarder", name: "forwarder" },
        { source: "/host/commands", name: "commands" },
      ],
    },
    argv: ["a", "b c"],
    env: {},
    ...changes,
  })
}

test.each([
  ["/home/ada/project", "/home/ada/project"],
  ["/work/a b", "/work/a b"],
  ["/tmp/x", "/tmp/x"],
  ["/home/node/project", "/home/node/workspace"],
  ["/opt/bot-bottle/x", "/home/node/workspace"],
  ["/opt", "/home/node/workspace"],
] as const)("a bound folder %s, and a copy that keeps its path, is %s in the bottle", (folder, place) => {
  const bind = { folder, pinned: ["a"], readOnly: ["a/.git"], hidden: [{ path: ".env", kind: "file" as const }] }
  const plan = planWith({ bind })
  expect([plan.cwd, plan.mounts.filter(({ target }) => target.startsWith(place)).map(({ target }) => target)]).toEqual([
    place,
    [place, `${place}/a`, `${place}/a/.git`, `${place}/.env`],
  ])
  const copied = planWith({ workspacePath: folder })
  expect([copied.cwd, copied.mounts.some(({ target }) => target === place)]).toEqual([place, true])
})
