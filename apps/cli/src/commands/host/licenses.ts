// `licenses`: the licenses of everything this bot-bottle holds, as the build wrote them down.

import { readFileSync } from "node:fs"
import { builtFile, OperatorProblem } from "@bot-bottle/contracts"
import type { Host } from "../../host.ts"
import { wrapProse } from "../../terminal/wrap-text.ts"

/** Beside the built programs; tools/pack writes it. */
const NOTICES_FILE = "notices.txt"

export async function runLicenses({ screen }: Host): Promise<number> {
  const file = builtFile(NOTICES_FILE)
  if (file === undefined) {
    throw new OperatorProblem("a clone has no list of licenses: each package in node_modules holds its own", {
      hint: "npm run build writes one into dist/bot-bottle",
    })
  }
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n"))
    for (const part of wrapProse(line, { width: screen.width, hang: 0 })) screen.print(part)
  return 0
}
