// The testkit: what tests need and no product code may import. Folders and programs that
// clean up after themselves, bytes cut anywhere, recorded exchanges, a terminal to type in.

export { CHUNK_SIZES, chunksOf, streamOf } from "./chunks.ts"
export {
  type CertificateOptions,
  type DatabaseCertificate,
  makeDatabaseCertificate,
} from "./database-certificate.ts"
export { SUPERVISE_STATE } from "./env.ts"
export { FIXTURES_FOLDER, type Fixture, loadFixture, parseFixture } from "./fixture.ts"
export { findFreePort } from "./free-port.ts"
export { GITLEAKS } from "./gitleaks.ts"
export { inTurn } from "./in-turn.ts"
export { type Cluster, startCluster } from "./postgres-cluster.ts"
export { type Program, type ProgramOptions, type ProgramResult, runProgram, startProgram } from "./program.ts"
export { readJson, readShape, type Shape, type Shaped } from "./read-json.ts"
export { runInTerminal, type TerminalRun, type TerminalRunOptions } from "./run-in-terminal.ts"
export { openTempFolder, type TempFolder } from "./temp-folder.ts"
export { openTerminal, type Terminal, type TerminalOptions } from "./terminal.ts"
export { openTerminalPair, type TerminalPair } from "./terminal-pair.ts"
export { TOOLCHAIN_CACHE_ROOT } from "./toolchains.ts"
export { asUnprivileged, isRoot, UNPRIVILEGED_ID } from "./unprivileged.ts"
export { waitFor } from "./wait-for.ts"
export { within } from "./within.ts"
