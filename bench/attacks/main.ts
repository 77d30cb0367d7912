// The attack suite of tests/isolation/attacks, tried on us and on our peers.
//
//   bun bench/attacks/main.ts [--smoke]
//
// mitmproxy comes from PATH (Debian: mitmproxy); sandbox-runtime from the folder that PEERS names
// (`npm install @anthropic-ai/sandbox-runtime` there), or from here. Missing peers are left out.

import { join, resolve } from "node:path"

const SUITE = resolve(import.meta.dir, "../../tests/isolation/attacks/wire/main.ts")
const isSmoke = process.argv.includes("--smoke")

const peers = isSmoke ? [] : [...mitmproxy(), ...sandboxRuntime()]
const own = await score([])
for (const peer of peers) await score([join(import.meta.dir, peer)])
process.exit(own)

async function score(peer: readonly string[]): Promise<number> {
  const child = Bun.spawn([process.execPath, SUITE, ...peer], { stdin: "ignore", stdout: "inherit", stderr: "inherit" })
  return await child.exited
}

function mitmproxy(): readonly string[] {
  if (Bun.which("mitmdump") !== null) return ["mitmproxy.ts"]
  console.log("mitmproxy is not installed: left out of this run")
  return []
}

function sandboxRuntime(): readonly string[] {
  try {
    Bun.resolveSync("@anthropic-ai/sandbox-runtime", Bun.env["PEERS"] ?? ".")
    return ["sandbox-runtime.ts"]
  } catch {
    console.log("sandbox-runtime is not installed: left out of this run")
    return []
  }
}
