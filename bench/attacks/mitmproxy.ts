// mitmproxy with an allowlist addon, as a careful operator would write one (Debian: mitmproxy).

import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { accepts, type Peer, type Task } from "./peer.ts"

const PORT = 18080

export async function start(task: Task): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), "bench-mitm-"))
  const caFile = join(folder, "upstream-ca.pem")
  const taskFile = join(folder, "task.json")
  await Bun.write(caFile, task.upstreamCa)
  await Bun.write(taskFile, JSON.stringify(task))
  const settings = [`confdir=${folder}`, `ssl_verify_upstream_trusted_ca=${caFile}`, "flow_detail=0"]
  const proxy = Bun.spawn(
    [
      "mitmdump",
      "--quiet",
      ...["--listen-host", "127.0.0.1", "--listen-port", String(PORT)],
      ...["--scripts", join(import.meta.dir, "mitmproxy-allowlist.py")],
      ...settings.flatMap((setting) => ["--set", setting]),
    ],
    {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      env: { PATH: "/usr/bin:/bin", HOME: folder, TASK: taskFile },
    },
  )
  await accepts(PORT)
  return {
    name: "mitmproxy 8 with an allowlist addon",
    pid: proxy.pid,
    front: PORT,
    ca: await readFile(join(folder, "mitmproxy-ca-cert.pem"), "utf8"),
    offers: new Set(["inspection", "rules", "credentials"]),
    async [Symbol.asyncDispose]() {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
