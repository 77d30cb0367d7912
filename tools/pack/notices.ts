// The licenses of what a built bot-bottle holds besides our own code: packages, the native library
// of the dashboard, the tokenizers' data, and Bun.
//
// The build's own list of inputs decides which packages those are, so none is forgotten.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { readJson } from "@bot-bottle/testkit"
import { packageFolderOf } from "./packages.ts"

/** Beside the built programs. */
export const NOTICES_FILE = "notices.txt"

/** The texts that a package's license asks us to hand on. */
const LICENSE_TEXT = /^(?:licen[cs]e|notice|copying|authors|patents)|-source\.md$/i

/** `inputs`: paths of the files that were built in, from `root`. */
export function composeNotices(root: string, inputs: readonly string[]): string {
  const folders = [...new Set(inputs.flatMap((path) => packageFolderOf(path) ?? []))].sort()
  const parts = [
    ownPart(root),
    readFileSync(join(root, "tools/pack/bun-notice.txt"), "utf8"),
    ...inputs.filter((path) => path.endsWith(".txt")).flatMap((path) => dataPart(root, path) ?? []),
    ...folders.map((folder) => packagePart(join(root, folder))),
  ]
  return `${parts.map((part) => part.trim()).join(`\n\n${"=".repeat(80)}\n\n`)}\n`
}

function ownPart(root: string): string {
  return `bot-bottle\n\n${readFileSync(join(root, "LICENSE"), "utf8")}`
}

/** Data of ours that others measured names its license in its first lines. */
function dataPart(root: string, path: string): string | undefined {
  const comment = readFileSync(join(root, path), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("#"))
    .join("\n")
  return /licen[cs]e|copyright/i.test(comment) ? `${path}\n\n${comment}` : undefined
}

function packagePart(folder: string): string {
  const { name, version, license } = readJson(readFileSync(join(folder, "package.json"), "utf8"), {
    name: "string",
    version: "string",
    license: "string?",
  })
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_TEXT.test(file))
    .sort()
    .map((file) => `${file}\n\n${readFileSync(join(folder, file), "utf8").trim()}`)
  if (texts.length === 0 && license == null) throw new Error(`${name} ${version} names no license`)
  return [`${name} ${version} (${license ?? "see below"})`, ...texts].join("\n\n")
}
