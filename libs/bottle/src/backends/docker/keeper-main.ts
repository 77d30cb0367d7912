// The keeper of one container, as a process: its task comes from the launcher in a nameless file.

import { EXTRA_FD } from "@bot-bottle/guest"
import { type KeeperTask, keep } from "./keeper.ts"

process.exit(await keep((await Bun.file(EXTRA_FD).json()) as KeeperTask))
