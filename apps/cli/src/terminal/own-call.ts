// How the operator starts bot-bottle on this installation. Messages write every command of ours as
// `bot-bottle …`; where a shell would not find that, they are shown as they can be pasted.
//
// Pure.

import { resolve } from "node:path"
import { asList, asObject, asText, type BuildForm, parseJson, quoteCommand } from "@bot-bottle/contracts"
import { type WrapOptions, wrapText } from "./wrap-text.ts"

export const OWN_NAME = "bot-bottle"

export interface Started {
  readonly form: BuildForm
  /** `npm_lifecycle_event`: the script that npm runs, or `npx` or `bunx`. */
  readonly event: string | undefined
  /** The file that the operator started, without links: the launcher, or the single binary. */
  readonly file: string
  /** `bot-bottle` as PATH has it, without links; undefined where it has none. */
  readonly found: string | undefined
  /** The text of a file; undefined where it cannot be read. */
  readonly read: (path: string) => string | undefined
}

/** Words for a shell: `bot-bottle`, `npx bot-bottle`, or the path of the file itself. */
export function ownCall({ form, event, file, found, read }: Started): string {
  if (event === "npx") return `npx ${npxPackage(file, read)}`
  if (event === "bunx") return `bunx ${OWN_NAME}`
  if (form === "bundle" || form === "binary") return found === file ? OWN_NAME : quoteCommand([file])
  return found === undefined && CLONE_SCRIPTS.includes(event ?? "") ? "npm run bot-bottle --" : OWN_NAME
}

/** Of the clone's package.json: each starts the command line. */
const CLONE_SCRIPTS: readonly string[] = ["bot-bottle", "demo"]

/** npx installs a package that no project has into a folder of its own, and writes there what it was asked for. */
const NPX_FOLDER = /^(.*\/_npx\/[^/]+)\/node_modules\//

function npxPackage(file: string, read: Started["read"]): string {
  const [, folder] = NPX_FOLDER.exec(file) ?? []
  const manifest = folder === undefined ? undefined : asObject(parseJson(read(`${folder}/package.json`) ?? ""))
  if (folder === undefined || manifest === undefined) return OWN_NAME
  const source = asText(asObject(manifest["dependencies"])?.[OWN_NAME])
  // As it was asked for, a path counts from the folder of that moment. npx asks each time before it installs a file.
  if (source?.startsWith("file:"))
    return `--yes ${quoteCommand([`file:${resolve(folder, source.slice("file:".length))}`])}`
  const asked = asText(asList(asObject(manifest["_npx"])?.["packages"])?.[0])
  return asked === undefined ? OWN_NAME : quoteCommand([asked])
}

/** Of `bot-bottle --help`, spelled out: loading the command line for it would cost every start. */
// biome-ignore format: a table
export const OWN_COMMANDS = [
  "allow", "apply", "attach", "audit", "budget", "claude", "cleanup", "codex", "completions", "cutoff",
  "dashboard", "demo", "deny", "diff", "doctor", "edit", "events", "exec", "forward", "freeze", "info",
  "init", "kill", "licenses", "list", "login", "logout", "logs", "new", "orchestrate", "pi", "policy",
  "reload", "restore", "resume", "setup", "start", "supervise", "usage", "wait", "why", "why-commit", "worker",
] as const
const OWN_COMMAND = new RegExp(`(?<![\\w./-])${OWN_NAME} (?=(?:${OWN_COMMANDS.join("|")}|--help)(?![\\w-]))`, "g")

/** Text that holds commands of ours, with each as it can be pasted. Prose about bot-bottle stays. */
export function nameCall(text: string, call: string): string {
  return call === OWN_NAME ? text : text.replace(OWN_COMMAND, () => `${call} `)
}

/** As wrapText, and each command as it can be pasted. A call too long for the terminal overflows: it stays whole. */
export function wrapCalled(line: string, { width, hang, call }: WrapOptions & { readonly call: string }) {
  const longer = nameCall(line, call) === line ? 0 : call.length - OWN_NAME.length
  const room = width - longer < MIN_ROOM ? width : width - longer
  return wrapText(line, { width: room, hang }).map((part) => nameCall(part, call))
}

/** Columns. */
const MIN_ROOM = 40
