// Doubles and conformance for bottles: tests only.

export { bottleConformance } from "./bottle-conformance.ts"
export { BWRAP, DOCKER, type Subject } from "./subject.ts"
export { createNeighbour, openTestRun, perl, runInBottle, runOnHost, type TestRun } from "./test-run.ts"
