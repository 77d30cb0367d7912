// The image of a container's system files: one that the operator names, one built from their
// Dockerfile, or our own that every agent can work in.
//
// The agent itself is not in it: its toolchain is mounted, as with every backend.
//
//   INV-63  An image brings files and nothing else: it is there before the launch, it declares no folder of
//           its own to write to, and its commands, users and variables do not reach the agent.

import { readFileSync } from "node:fs"
import { dirname, isAbsolute, posix } from "node:path"
import { asList, asObject, asText, OperatorProblem, parseJson } from "@bot-bottle/contracts"
import { GUEST } from "../../plan.ts"
import { DEFAULT_DOCKERFILE, DEFAULT_IMAGE, hashOf } from "./default-image.ts"
import { type Engine, runDocker } from "./engine.ts"
import { LABELS } from "./labels.ts"

const BUILD_TIMEOUT_MS = 15 * 60_000

export type ImageChoice =
  | { readonly kind: "default" }
  /** Absolute path. Its folder is what its COPY lines see. */
  | { readonly kind: "dockerfile"; readonly path: string }
  | { readonly kind: "reference"; readonly name: string }

/** `image` as flags and manifests say it: a path is a Dockerfile, anything else a name the engine knows. */
export function parseImage(image: string | undefined): ImageChoice {
  if (image === undefined) return { kind: "default" }
  return isAbsolute(image) ? { kind: "dockerfile", path: image } : { kind: "reference", name: image }
}

/** Returns what `docker create` is to be given. Throws OperatorProblem. */
export async function prepareImage(
  engine: Engine,
  image: string | undefined,
  onProgress: (what: string) => void,
): Promise<string> {
  const choice = parseImage(image)
  switch (choice.kind) {
    case "default": {
      if ((await findImage(engine, DEFAULT_IMAGE)) !== undefined) return DEFAULT_IMAGE
      onProgress("building the image that agents run in (once)")
      const hint = "the registry did not give it; name an image that the engine has: --image NAME"
      await build(engine, ["--tag", DEFAULT_IMAGE, ...labelOf(DEFAULT_DOCKERFILE), "-"], hint, DEFAULT_DOCKERFILE)
      return DEFAULT_IMAGE
    }
    case "dockerfile": {
      const text = readDockerfile(choice.path)
      onProgress(`building ${choice.path}`)
      const args = ["--file", choice.path, ...labelOf(text), dirname(choice.path)]
      return await checked(engine, await build(engine, args, `try it by hand: docker build --file ${choice.path} …`))
    }
    case "reference":
      return await checked(engine, choice.name)
  }
}

async function checked(engine: Engine, name: string): Promise<string> {
  const { volumes } = await loadImage(engine, name)
  if (volumes.length === 0) return name
  throw new OperatorProblem(`image '${name}' declares a VOLUME: ${volumes.join(", ")}`, {
    hint: "a bottle has no folders to write to but its run's: use an image without VOLUME",
  })
}

export interface FoundImage {
  /** Names this image for good; a name may be another's by the next moment. */
  readonly id: string
  readonly volumes: readonly string[]
  /** Names of the variables that it declares. */
  readonly variables: readonly string[]
  /** Folder of the image's JVM, as its JAVA_HOME says. */
  readonly javaHome?: string
}

/** Throws OperatorProblem when the engine has none of that name. */
export async function loadImage(engine: Engine, name: string): Promise<FoundImage> {
  const found = await findImage(engine, name)
  if (found !== undefined) return found
  throw new OperatorProblem(`the docker engine has no image '${name}'`, { hint: `docker pull ${name}` })
}

async function findImage(engine: Engine, name: string): Promise<FoundImage | undefined> {
  const args = ["image", "inspect", "--format", "{{json .}}", "--", name]
  const { exitCode, stdout, problem } = await runDocker(engine, args)
  if (exitCode === 0) {
    const image = asObject(parseJson(stdout))
    const config = asObject(image?.["Config"])
    const id = asText(image?.["Id"])
    if (id === undefined) throw new OperatorProblem(`Docker describes image '${name}' without an id`, { exitCode: 3 })
    const variables = asList(config?.["Env"]).map((entry) => asText(entry) ?? "")
    const javaHome = parseJavaHome(variables)
    return {
      id,
      volumes: Object.keys(asObject(config?.["Volumes"]) ?? {}),
      variables: variables.map((entry) => entry.replace(/=.*$/s, "")).filter((name) => name !== ""),
      ...(javaHome === undefined ? {} : { javaHome }),
    }
  }
  if (/no such image|invalid reference/i.test(problem)) return undefined
  throw new OperatorProblem(`Cannot look at image '${name}': ${problem}`, { exitCode: 3 })
}

/** Only where programs are kept: the bottle's own places are not an image's to name. */
export function parseJavaHome(variables: readonly string[]): string | undefined {
  const home = variables.find((entry) => entry.startsWith("JAVA_HOME="))?.slice("JAVA_HOME=".length)
  if (home === undefined || posix.normalize(home) !== home || !/^\/(?:usr|opt)\/[^/]/.test(home)) return undefined
  return home.startsWith(`${posix.dirname(GUEST.runtime)}/`) ? undefined : home.replace(/\/$/, "")
}

/** Returns the image's id. */
async function build(engine: Engine, args: readonly string[], hint: string, stdin?: string): Promise<string> {
  const { exitCode, stdout, problem } = await runDocker(engine, ["build", "--quiet", ...args], {
    timeoutMs: BUILD_TIMEOUT_MS,
    ...(stdin === undefined ? {} : { stdin }),
  })
  if (exitCode === 0) return stdout
  throw new OperatorProblem(`Cannot build the image: ${problem}`, { hint })
}

function readDockerfile(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    throw new OperatorProblem(`Cannot read the Dockerfile ${path}`, { cause: error, hint: "see --image" })
  }
}

function labelOf(dockerfile: string): readonly string[] {
  return ["--label", `${LABELS.dockerfile}=${hashOf(dockerfile)}`]
}
