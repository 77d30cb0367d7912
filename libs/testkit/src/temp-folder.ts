// A folder of a test's own, gone when the test is.

import { chown, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isRoot, UNPRIVILEGED_ID } from "./unprivileged.ts"

export interface TempFolder extends AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string
}

/** `owner: "unprivileged"` gives it to the user of `asUnprivileged`. Mode 0700. */
export async function openTempFolder(options: { readonly owner?: "unprivileged" } = {}): Promise<TempFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "bb-test-")))
  if (options.owner === "unprivileged" && isRoot()) await chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
