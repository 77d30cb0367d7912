// What every backend must do, as tests: call it from a test file with the backend.
//
// Each "cannot" stands beside a "can": the same action outside, or the permitted one inside.

import { describe } from "bun:test"
import type { Backend } from "../backend.ts"
import { testDeath } from "./conformance-death.ts"
import { testExec } from "./conformance-exec.ts"
import { testFiles } from "./conformance-files.ts"
import { testFreeze } from "./conformance-freeze.ts"
import { testKernel } from "./conformance-kernel.ts"
import { testNetwork } from "./conformance-network.ts"
import { testProcess } from "./conformance-process.ts"

export function bottleConformance(name: string, createBackend: () => Backend): void {
  describe(`${name}: the agent's process`, () => testProcess(createBackend))
  describe(`${name}: exec`, () => testExec(createBackend))
  describe(`${name}: files`, () => testFiles(createBackend))
  describe(`${name}: network`, () => testNetwork(createBackend))
  describe(`${name}: kernel`, () => testKernel(createBackend))
  describe(`${name}: death`, () => testDeath(createBackend))
  describe(`${name}: freeze`, () => testFreeze(createBackend))
}
