import { expect, test } from "bun:test"
import type { Slug } from "@bot-bottle/contracts"
import { SEALED_FLAGS } from "@bot-bottle/contracts"
import type { BottlePlan } from "../../plan.ts"
import { createArgs, formatMount } from "./args.ts"

const PLAN: BottlePlan = {
  slug: "trial-00000" as Slug,
  argv: ["agent", "--secret-prompt"],
  env: { TOKEN: "placeholder" },
  mounts: [
    { source: "/host/home", target: "/home/node", access: "read-write" },
    { source: "/host/share", target: "/run/bot-bottle", access: "read-only" },
  ],
  cwd: "/home/node/workspace",
  trust: {
    bundle: "/host/share/ca-bundle.pem",
    java: "/host/share/ca-bundle.jks",
    browser: "/host/share/browser-policy.json",
  },
  limits: { memoryBytes: 1024, pids: 9, cpus: 1.5, diskBytes: 1_000_000 },
}
const ALL = new Set(["memory", "pids", "cpu"] as const)

test("INV-61: the same container from the same parts, each restriction asked for by name", () => {
  expect(argsWith({})).toEqual([
    ...["create", "--label", "bot-bottle.state=/root/state/trial-00000", "--pull", "never", "--rm", "--interactive"],
    ...["--init", "--network", "none", "--ipc", "private", "--cgroupns", "private", "--hostname", "bottle"],
    ...["--user", "77:77", "--env=HOME=/", "--env=PATH=/usr/bin:/bin"],
    ...["--env=HTTP_PROXY", "--env=http_proxy", "--env=HTTPS_PROXY", "--env=https_proxy", "--env=FTP_PROXY"],
    ...["--env=ftp_proxy", "--env=NO_PROXY", "--env=no_proxy", "--env=ALL_PROXY", "--env=all_proxy"],
    ...["--env=LD_PRELOAD", "--env=DOCKER_HOST="],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"],
    ...["--security-opt", "seccomp=/dev/fd/3", "--restart", "no", "--no-healthcheck", "--log-driver", "none"],
    ...["--read-only", "--shm-size", "1000000"],
    ...["--tmpfs", "/tmp:rw,exec,nosuid,nodev,mode=1777,size=1000000"],
    ...["--tmpfs", "/var/tmp:rw,exec,nosuid,nodev,mode=1777,size=1000000"],
    ...["--tmpfs", "/run:rw,exec,nosuid,nodev,mode=0755,size=67108864"],
    ...["--tmpfs", "/home:rw,exec,nosuid,nodev,mode=0755,size=67108864"],
    ...["--tmpfs", "/sys:ro,mode=0555,size=4k", "--tmpfs", "/sys/fs/cgroup:ro,mode=0555,size=4k"],
    ...["--mount", "type=bind,source=/host/home,target=/home/node,bind-propagation=rprivate"],
    ...["--mount", "type=bind,source=/host/share,target=/run/bot-bottle,bind-propagation=rprivate,readonly"],
    ...["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt"].flatMap(
      (target) => [
        "--mount",
        `type=bind,source=/host/share/ca-bundle.pem,target=${target},bind-propagation=rprivate,readonly`,
      ],
    ),
    "--mount",
    "type=bind,source=/host/share/ca-bundle.jks,target=/etc/ssl/certs/java/cacerts,bind-propagation=rprivate,readonly",
    "--mount",
    "type=bind,source=/host/share/browser-policy.json,target=/etc/chromium/policies/managed/bot-bottle.json,bind-propagation=rprivate,readonly",
    "--mount",
    "type=bind,source=/host/share/browser-policy.json,target=/etc/opt/chrome/policies/managed/bot-bottle.json,bind-propagation=rprivate,readonly",
    "--mount",
    "type=bind,source=/host/share/browser-policy.json,target=/etc/opt/chrome_for_testing/policies/managed/bot-bottle.json,bind-propagation=rprivate,readonly",
    ...["--memory", "1024", "--memory-swap", "1024", "--pids-limit", "9", "--cpus", "1.5"],
    ...["--workdir", "/", "--entrypoint", "/opt/bot-bottle/runtime/bun", "sha256:1234"],
    ...SEALED_FLAGS,
    "/opt/bot-bottle/runtime/forwarder/main.ts",
    "/run/bot-bottle/line.sock",
  ])
})

test("gVisor runs it where the engine has it", () => {
  const args = argsWith({ hasRunsc: true })
  expect(args.slice(args.indexOf("--runtime"), args.indexOf("--runtime") + 2)).toEqual(["--runtime", "runsc"])
})

test("a limit without its controller is not asked for; describeLimits says so", () => {
  const args = argsWith({ limits: new Set() })
  expect(["--memory", "--memory-swap", "--pids-limit", "--cpus"].filter((word) => args.includes(word))).toEqual([])
})

test.each([
  ["/a,readonly", '"source=/a,readonly"'],
  ['/a"b', '"source=/a""b"'],
  ["/a b", "source=/a b"],
])("INV-61: a folder named %p stays one field", (source, field) => {
  expect(formatMount({ source, target: "/t", access: "read-write" })).toBe(
    `type=bind,${field},target=/t,bind-propagation=rprivate`,
  )
})

function argsWith(facts: Partial<Parameters<typeof createArgs>[0]["facts"]>): readonly string[] {
  return createArgs({
    plan: PLAN,
    image: { id: "sha256:1234", variables: ["PATH", "HOME", "LD_PRELOAD", "DOCKER_HOST", "http_proxy"] },
    stateFolder: "/root/state/trial-00000",
    uid: 77,
    facts: { hasRunsc: false, limits: ALL, ...facts },
    seccompFile: "/dev/fd/3",
  })
}
