// Doubles and conformance for bottles: tests only.

export { createBwrapBackend } from "../backends/bwrap/bwrap-backend.ts"
export { createDockerBackend } from "../backends/docker/docker-backend.ts"
export { bottleConformance } from "./bottle-conformance.ts"
export { BWRAP, DOCKER, type Subject } from "./subject.ts"
export { createNeighbour, openTestRun, perl, runInBottle, runOnHost, type TestRun } from "./test-run.ts"
