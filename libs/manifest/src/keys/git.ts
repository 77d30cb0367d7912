// Reads `git`: who commits, and which repositories the host side serves to the bottle.

import type { GitUser } from "../manifest.ts"
import { quoted } from "../problem.ts"
import {
  type Entries,
  entries,
  type Fields,
  fields,
  flag,
  type Place,
  privateTextAs,
  reject,
  textAs,
} from "../yaml/fields.ts"
import type { YamlNode } from "../yaml/yaml-text.ts"
import { tokenRef } from "./reference.ts"

export type GitUserFields = Required<GitUser>

export interface GitFields {
  user: Fields<GitUserFields>
  repos: Entries<Fields<GitRepoFields>>
  require_gitleaks: boolean
}

export interface GitRepoFields {
  url: string
  token_ref: string
  branch_prefix: string
  writable: boolean
}

export const gitUser = fields<GitUserFields>({
  name: textAs("a name on one line, without < or >", parseIdentity),
  email: textAs("an e-mail address on one line, without < or >", parseIdentity),
})

export const git = fields<GitFields>({
  user: gitUser,
  repos: entries(
    findRepoProblem,
    fields<GitRepoFields>({
      url: repoUrl,
      token_ref: tokenRef,
      branch_prefix: textAs("the beginning of branch names, with a slash at its end: agents/", parseBranchPrefix),
      writable: flag,
    }),
  ),
  require_gitleaks: flag,
})

const readHttpsUrl = privateTextAs("an https:// URL without a user name or password", parseRepoUrl)

/** People copy the SSH address of a repository; the gate holds a token, and no key. */
function repoUrl(node: YamlNode, place: Place): string | undefined {
  const isText = node.kind === "scalar" && typeof node.value === "string"
  const instead = isText ? httpsFormOf(node.value) : undefined
  if (instead === undefined) return readHttpsUrl(node, place)
  const hint = `write ${quoted(instead)}; for a private repository, name a token of it as token_ref`
  return reject(node, place, "is an SSH address, and the git gate speaks https only", hint)
}

/** Of `git@host:owner/name.git` and `ssh://git@host:22/owner/name.git`; undefined for everything else. */
function httpsFormOf(address: string): string | undefined {
  const url = /^(?:git\+)?ssh:\/\//i.test(address) ? URL.parse(address) : undefined
  const [host, path] =
    url == null
      ? (/^(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)*):([\w.~/-]+)$/.exec(address)?.slice(1) ?? [])
      : [url.hostname, url.pathname]
  if (host === undefined || path === undefined || path.startsWith("//")) return undefined
  return `https://${host}/${path.replace(/^\/+/, "")}`
}

/** Git writes it between `<` and `>` on a line of its own. */
function parseIdentity(text: string): string | undefined {
  return /^[^<>\p{C}]{1,200}$/u.test(text) && text.trim() !== "" ? text.trim() : undefined
}

/** It becomes one segment of a URL. */
function findRepoProblem(name: string): string | undefined {
  const sound = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !name.includes("..") && !name.endsWith(".git")
  return sound ? undefined : `${quoted(name)} is not a valid repository name`
}

function parseRepoUrl(text: string): string | undefined {
  if (!URL.canParse(text) || !/^[\x21-\x7e]+$/.test(text)) return undefined
  const url = new URL(text)
  const isBare = url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  return url.protocol === "https:" && isBare ? text : undefined
}

/** Git takes no `..`, and no part that begins with a dot or ends in `.lock`. */
function parseBranchPrefix(text: string): string | undefined {
  const parts = text.split("/").slice(0, -1)
  const isSound = parts.every(
    (part) => /^[A-Za-z0-9_][\w.-]*$/.test(part) && !part.includes("..") && !part.endsWith(".lock"),
  )
  return text.endsWith("/") && parts.length > 0 && text.length <= 100 && isSound ? text : undefined
}
