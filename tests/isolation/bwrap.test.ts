// The bubblewrap backend as whoever runs the tests: root in CI's container, or an operator.

import { BWRAP, bottleConformance, createBwrapBackend } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "./require-isolation.ts"

const who = process.getuid?.() === 0 ? "root" : "an unprivileged user"

await describeIsolated(`bwrap as ${who}`, createBwrapBackend(), () => bottleConformance(BWRAP))
