// How map-owner.ts is started: reads no project's configuration.

import { join } from "node:path"

export const MAP_OWNER_ARGV = [
  process.execPath,
  "--config=/dev/null",
  "--no-env-file",
  "--no-install",
  join(import.meta.dir, "map-owner.ts"),
] as const
