// The duties of every backend, as tests: call it from a test file with the backend.
//
// Each "cannot" stands beside a "can": the same action outside, or the permitted one inside.

import { describe } from "bun:test"
import { testDeath } from "./conformance-death.ts"
import { testExec } from "./conformance-exec.ts"
import { testFiles } from "./conformance-files.ts"
import { testFound } from "./conformance-found.ts"
import { testFreeze } from "./conformance-freeze.ts"
import { testKernel } from "./conformance-kernel.ts"
import { testNetwork } from "./conformance-network.ts"
import { testProcess } from "./conformance-process.ts"
import type { Subject } from "./subject.ts"

export function bottleConformance(subject: Subject): void {
  describe(`${subject.name}: the agent's process`, () => testProcess(subject))
  describe(`${subject.name}: exec`, () => testExec(subject))
  describe(`${subject.name}: files`, () => testFiles(subject))
  describe(`${subject.name}: network`, () => testNetwork(subject))
  describe(`${subject.name}: kernel`, () => testKernel(subject))
  describe(`${subject.name}: death`, () => testDeath(subject))
  describe(`${subject.name}: found again`, () => testFound(subject))
  describe(`${subject.name}: freeze`, () => testFreeze(subject))
}
