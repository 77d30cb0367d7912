// Writes docs/reference.md. `reference.test.ts` fails when the file is out of date.
//
//   bun tools/reference.ts

import { join } from "node:path"
import { describeProgram } from "bot-bottle/src/program/program.ts"
import { composeReference } from "bot-bottle/src/reference/compose-reference.ts"
import { ROOT } from "./sources.ts"

export const REFERENCE = join(ROOT, "docs/reference.md")

export function writtenReference(): string {
  return composeReference(describeProgram())
}

if (import.meta.main) await Bun.write(REFERENCE, writtenReference())
