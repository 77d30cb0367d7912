// A network of the suite's own: no interface but loopback, names from a file, and the low ports
// free to take. Every user who can run bubblewrap can have it; nothing outside is touched.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ADDRESSES } from "./upstreams.ts"

export interface Inside {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs `argv` in it, with this process's environment. */
export async function runInNamespace(argv: readonly string[]): Promise<Inside> {
  const folder = mkdtempSync(join(tmpdir(), "bb-attacks-"))
  try {
    const hosts = join(folder, "hosts")
    const lines = Object.entries(ADDRESSES).map(([name, address]) => `${address} ${name}`)
    writeFileSync(hosts, ["127.0.0.1 localhost", ...lines, ""].join("\n"))
    const nobody = join(folder, "resolv.conf")
    writeFileSync(nobody, "")
    const child = Bun.spawn([...bwrapArgv(hosts, nobody), ...argv], { stdin: "ignore", stdout: "pipe", stderr: "pipe" })
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { stdout, stderr, exitCode }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function bwrapArgv(hosts: string, resolvConf: string): readonly string[] {
  return [
    "bwrap",
    ...["--unshare-user", "--uid", "0", "--gid", "0", "--unshare-net", "--unshare-pid", "--die-with-parent"],
    ...["--cap-add", "CAP_NET_BIND_SERVICE"],
    ...["--dev-bind", "/", "/", "--proc", "/proc"],
    ...["--ro-bind", hosts, realpathSync("/etc/hosts")],
    ...["--ro-bind", resolvConf, realpathSync("/etc/resolv.conf")],
    "--",
  ]
}
