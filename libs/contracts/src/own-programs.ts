// Our programs that are processes of their own, and how each is started. That depends on the form
// that people installed: the sources of a clone, the bundles of the npm package, the single binary.
// A clone may keep a bundle of its sources, and then starts that.
//
// The build writes the form in. A program that is added here is bundled without further work.

import { dirname, join } from "node:path"
import { BUILD_FORM } from "./build-form.ts"
import { SEALED_FLAGS, sealedBun } from "./sealed-bun.ts"

/** On the host: by name, the source from the root of the repository. */
export const HOST_PROGRAMS = {
  "bot-bottle": "apps/cli/src/main.ts",
  background: "apps/cli/src/background/background-main.ts",
  proxy: "apps/proxy/src/main.ts",
  screen: "apps/tui/src/main.ts",
  demo: "apps/demo/src/main.ts",
  orchestrator: "apps/orchestrator/src/main.ts",
  "forge-sidecar": "apps/forge-sidecar/src/main.ts",
  "ask-service": "apps/ask-service/src/main.ts",
  "push-hook": "apps/forge-sidecar/src/gate/hook/main.ts",
  "login-renewer": "libs/control/src/logins/renewer-main.ts",
  "bind-guard": "libs/workspace/src/bind/guard.ts",
  "container-keeper": "libs/bottle/src/backends/docker/keeper-main.ts",
  "map-owner": "libs/bottle/src/backends/bwrap/map-owner.ts",
} as const

/** Threads of host programs. */
export const HOST_THREADS = {
  "reading-thread": "apps/proxy/src/meter/reading-thread.ts",
} as const

/** In a bottle: by name, the source from the root of the repository. */
export const GUEST_PROGRAMS = {
  forwarder: "libs/guest/src/forwarder/main.ts",
  "forward-port": "libs/guest/src/forwarder/forward-port.ts",
  forge: "libs/guest/src/commands/forge/main.ts",
  ask: "libs/guest/src/commands/ask/main.ts",
} as const

/** In a bundle, beside the host's programs. A bottle shows it under the same name. */
export const GUEST_FOLDER = "guest"

/** Files that a program of ours copies to where they run. */
export const LOOSE_PROGRAMS = {
  "demo-agent": "apps/demo/src/guest/agent.ts",
} as const

export type HostProgram = keyof typeof HOST_PROGRAMS
export type GuestProgram = keyof typeof GUEST_PROGRAMS

/** The first argument of the single binary: the program it is to be. */
export const PROGRAM_FLAG = "--program="

/** A command line. To be started in SEALED_FOLDER. `bun`: this process's own executable. */
export function hostProgram(
  bun: string,
  name: HostProgram,
  ...args: readonly string[]
): readonly [string, ...string[]] {
  if (BUILD_FORM === "binary") return [bun, `${PROGRAM_FLAG}${name}`, ...args]
  return sealedBun(bun, builtOrSource(name, HOST_PROGRAMS[name]), ...args)
}

/** For `new Worker`. */
export function hostThread(name: keyof typeof HOST_THREADS): string {
  return BUILD_FORM === "binary"
    ? new URL(`./${name}.js`, import.meta.url).href
    : builtOrSource(name, HOST_THREADS[name])
}

/** A command line for inside a bottle, whose runtime folder is `runtime`. */
export function guestProgram(
  runtime: string,
  name: GuestProgram,
  ...args: readonly string[]
): readonly [string, ...string[]] {
  const bun = `${runtime}/bun`
  if (BUILD_FORM === "binary") return [bun, `${PROGRAM_FLAG}${name}`, ...args]
  const file =
    BUILD_FORM === "source" ? GUEST_PROGRAMS[name].slice("libs/guest/src/".length) : `${GUEST_FOLDER}/${name}.js`
  return sealedBun(bun, `${runtime}/${file}`, ...args)
}

/** The path of a file to read. In the single binary only we can open it. */
export function looseProgram(name: keyof typeof LOOSE_PROGRAMS): string {
  return builtOrSource(name, LOOSE_PROGRAMS[name])
}

/** A file that the build puts beside the programs; undefined in a clone. */
export function builtFile(name: string): string | undefined {
  return cloneFolder() === undefined ? join(builtFolder(), name) : undefined
}

/** The clone that this process is of, or undefined in the forms that people install. */
export function cloneFolder(): string | undefined {
  if (BUILD_FORM === "source") return join(import.meta.dir, "../../..")
  // A kept bundle lies in `.tools/bundle/<its name>/`.
  return BUILD_FORM === "kept" ? join(builtFolder(), "../../..") : undefined
}

/** Of a bundle: the folder that holds the guest's programs, each as a file. */
export function guestFolder(): string {
  return join(builtFolder(), GUEST_FOLDER)
}

/** A JavaScript program that is not ours, such as an agent's. `bun`: ours, which the single binary holds within. */
export function foreignProgram(bun: string, program: string, ...args: readonly string[]): readonly string[] {
  if (BUILD_FORM !== "binary") return sealedBun(bun, program, ...args)
  // Programs that this one starts may be binaries of this kind as well, so the variable goes no further.
  const load = `delete process.env.${AS_BUN}; await import(process.argv[1])`
  return [...asBun(bun), ...SEALED_FLAGS, "-e", load, program, ...args]
}

/** The start of a command line of Bun's own, such as `bun add`. */
export function asBun(bun: string): readonly [string, ...string[]] {
  return BUILD_FORM === "binary" ? ["/usr/bin/env", `${AS_BUN}=1`, bun] : [bun]
}

/** The variable that makes a single binary act as the Bun it holds. */
const AS_BUN = "BUN_BE_BUN"

function builtOrSource(name: string, source: string): string {
  return BUILD_FORM === "source" ? join(import.meta.dir, "../../..", source) : join(builtFolder(), `${name}.js`)
}

/** The programs of a bundle lie beside the one that runs. `import.meta` of a bundle names the folder it was built in. */
function builtFolder(): string {
  return BUILD_FORM === "binary" ? import.meta.dir : dirname(Bun.main)
}
