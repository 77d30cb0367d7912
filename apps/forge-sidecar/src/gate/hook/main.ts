// The gate's pre-receive hook, as `git receive-pack` starts it: hands the push to the sidecar and
// prints its verdict. It decides nothing; whatever goes wrong here refuses the push.

import { gateSocket, pushId, quarantineVariables } from "../../env.ts"

void main()

async function main(): Promise<never> {
  const body = JSON.stringify({ push: pushId(), stdin: await Bun.stdin.text(), quarantine: quarantineVariables() })
  try {
    const response = await fetch("http://gate/judge", {
      unix: gateSocket(),
      method: "POST",
      body,
      timeout: false,
    } as RequestInit)
    const words = await response.text()
    for (const line of words.split("\n")) if (line !== "") console.error(line)
    process.exit(response.status === 200 ? 0 : 1)
  } catch {
    console.error("gate: the sidecar does not answer")
    process.exit(1)
  }
}
