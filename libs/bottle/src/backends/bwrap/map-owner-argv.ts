// How map-owner.ts is started.

import { hostProgram } from "@bot-bottle/contracts"

export const MAP_OWNER_ARGV = hostProgram(process.execPath, "map-owner")
