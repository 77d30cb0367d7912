// The first code of a clone's kept bundle: starts the command line from the bundle when every file
// it was made from is unchanged, and from the sources otherwise.
//
// The launcher starts it. It prints nothing and repairs nothing: sources are never wrong, only slower.

import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { cloneFolder } from "@bot-bottle/contracts"
import { INPUTS_FILE, isUnchanged } from "./bundle-inputs.ts"

const clone = cloneFolder()
if (clone === undefined) throw new Error("start-clone.ts belongs to a clone")
void (isUnchanged(clone, readInputs()) ? import("../main.ts") : import(join(clone, "apps/cli/src/main.ts")))

function readInputs(): string {
  try {
    return readFileSync(join(dirname(Bun.main), INPUTS_FILE), "utf8")
  } catch {
    // Somebody removes the bundle in this moment.
    return ""
  }
}
