// For tests: a ledger in a folder of its own, sample rows, and harm done to the file from outside.
// Also the suite that any implementation of the `Ledger` interface must pass.

/** The store itself, for tests that run several processes on one file. */
export { openLedger } from "../sqlite/open-sqlite.ts"
export type { LedgerUnderTest, OpenLedgerForTest } from "./conformance/ledger-under-test.ts"
export { createLedgerConformance } from "./conformance.ts"
export { fillHistory, type History } from "./fill-history.ts"
export { damageFile, dropQuestions, holdWriteLock, listDamage } from "./ledger-harm.ts"
export { NEWEST_SCHEMA, openOlderHost } from "./older-build.ts"
export { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "./samples.ts"
export { openTempLedger, type TempLedger } from "./temp-ledger.ts"
