// An interactive bottle of bubblewrap's.

import { BWRAP } from "@bot-bottle/bottle/testing"
import { terminalSuite } from "./terminal-suite.ts"

await terminalSuite(BWRAP)
