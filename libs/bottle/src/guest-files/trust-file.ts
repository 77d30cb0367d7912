// The run's own roots as a file that can be mounted before the proxy has written it.

import { closeSync, openSync } from "node:fs"

/** A mount shows what the proxy writes later, but needs a file to begin with. */
export function ensureTrustFile(path: string): void {
  closeSync(openSync(path, "a", 0o644))
}
