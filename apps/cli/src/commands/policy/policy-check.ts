// `policy check`: what a bottle's policy says of one request. Exit code 0 when it is allowed, 1 when
// it is denied.

import { explain, parsePolicyRequest } from "@bot-bottle/policy"
import type { Host } from "../../host.ts"
import { loadBottlePolicy } from "../../policy/bottle-policy.ts"
import { verdictJson, verdictLines, wordVerdict } from "../../policy/describe-verdict.ts"
import { printWrapped } from "../../terminal/print-wrapped.ts"

export interface PolicyCheckFlags {
  readonly bottle?: readonly string[]
  readonly json?: boolean
}

export async function runPolicyCheck(
  host: Host,
  method: string,
  url: string,
  flags: PolicyCheckFlags,
): Promise<number> {
  const request = parsePolicyRequest(method, url)
  const { name, table } = await loadBottlePolicy(host, flags.bottle ?? [])
  const explanation = explain(table, request)
  if (flags.json === true) host.screen.print(JSON.stringify(verdictJson(request, explanation, name), null, 2))
  else
    for (const line of verdictLines(wordVerdict(request, explanation, { bottle: name })))
      printWrapped(host.screen, line, { hang: 9 })
  return explanation.verdict.outcome === "allow" ? 0 : 1
}
