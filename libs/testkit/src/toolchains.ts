// Where tests keep agents installed from the registry, between runs: the clone's own .tools/.

import { join, resolve } from "node:path"

/** A `root` for the product's toolchain installer; link its `toolchains` folder into a test's own root. */
export const TOOLCHAIN_CACHE_ROOT = join(resolve(import.meta.dir, "../../../.tools"), "agents")
