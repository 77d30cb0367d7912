// Builds the single binary: one executable with Bun in it, and our programs as bytecode, so that a
// start parses nothing.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST_PROGRAMS, HOST_PROGRAMS, HOST_THREADS, LOOSE_PROGRAMS, SEALED_BUILD_FLAGS } from "@bot-bottle/contracts"
import { composeNotices, NOTICES_FILE } from "./notices.ts"
import { runBuild, withDraft, writeEntries } from "./run-build.ts"

/** Writes one executable for this machine's kind. */
export function buildBinary(outfile: string, root: string): void {
  withDraft((draft) => {
    const main = join(draft, "bot-bottle.ts")
    writeFileSync(main, composeMain(root))
    const entries = [main, ...writeEntries(draft, root, HOST_THREADS)]
    const loose = join(draft, "loose")
    const options = { root, draft, form: "binary" } as const
    for (const entry of writeEntries(draft, root, LOOSE_PROGRAMS))
      runBuild([entry], [`--outdir=${loose}`], { ...options, external: [] })

    // Once for the list of what goes in, once with the notices that the list asks for.
    const own = { ...options, external: OTHER_MACHINES }
    const inputs = runBuild(entries, ["--splitting", `--outdir=${join(draft, "listed")}`], own)
    writeFileSync(join(loose, NOTICES_FILE), composeNotices(root, inputs))
    const flags = [
      ...["--compile", "--bytecode", "--format=esm", "--splitting", "--minify-syntax", ...SEALED_BUILD_FLAGS],
      ...[...Object.keys(LOOSE_PROGRAMS).map((name) => `${name}.js`), NOTICES_FILE].map(
        (file) => `--asset=${join(loose, file)}`,
      ),
      `--outfile=${outfile}`,
    ]
    runBuild(entries, flags, own)
  })
}

/** OpenTUI's native libraries that this machine's packages do not have. */
const OTHER_MACHINES = ["darwin", "linux", "win32"]
  .flatMap((platform) => ["x64", "arm64", "x64-musl", "arm64-musl"].map((machine) => `${platform}-${machine}`))
  .filter((machine) => machine !== `${process.platform}-${process.arch}`)
  .map((machine) => `@opentui/core-${machine}`)

/** Every program behind a dynamic import, so that a start loads one of them. */
function composeMain(root: string): string {
  const programs = Object.entries({ ...HOST_PROGRAMS, ...GUEST_PROGRAMS }).map(
    ([name, source]) => `  ${JSON.stringify(name)}: () => import(${JSON.stringify(join(root, source))}),`,
  )
  const start = JSON.stringify(join(root, "apps/cli/src/binary/start-binary.ts"))
  return [`import { startBinary } from ${start}`, "await startBinary({", ...programs, "})", ""].join("\n")
}
