// The gitleaks that `tools/bootstrap test` installs, or the one of the system.

import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { PATH } from "./env.ts"

const OWN = resolve(import.meta.dir, "../../../.tools/bin/gitleaks")

/** Undefined on a machine without it: there `test.skipIf` skips, visibly. */
export const GITLEAKS: string | undefined = existsSync(OWN) ? OWN : (Bun.which("gitleaks", { PATH }) ?? undefined)
