// How map-owner.ts is started.

import { join } from "node:path"
import { sealedBun } from "@bot-bottle/contracts"

export const MAP_OWNER_ARGV = sealedBun(process.execPath, join(import.meta.dir, "map-owner.ts"))
