// The only place that reads the proxy's environment, and all it reads is whether the process
// was started as the spawn contract says (main.ts).

import { OperatorProblem } from "@bot-bottle/contracts"

const MIN_REQUESTS = 1024

/** Throws OperatorProblem when whoever spawned the proxy broke the contract. */
export function checkEnvironment(): void {
  const requests = Number(process.env["BUN_CONFIG_MAX_HTTP_REQUESTS"] ?? 0)
  if (!(requests >= MIN_REQUESTS)) {
    throw new OperatorProblem(`the proxy started without BUN_CONFIG_MAX_HTTP_REQUESTS of at least ${MIN_REQUESTS}`, {
      hint: "set it for the process: Bun reads it before any code runs, and lets the 257th stream wait without a word otherwise",
    })
  }
  const forwarding = Object.keys(process.env).find(
    (name) => /^(?:https?|all)_proxy$/i.test(name) && process.env[name] !== "",
  )
  if (forwarding !== undefined) {
    throw new OperatorProblem(`the proxy was started with ${forwarding} set`, {
      hint: "start it without: requests would go to that proxy instead of the address that was checked",
    })
  }
}
