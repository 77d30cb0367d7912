// An interactive bottle of Docker's.

import { DOCKER } from "@bot-bottle/bottle/testing"
import { terminalSuite } from "./terminal-suite.ts"

await terminalSuite(DOCKER)
