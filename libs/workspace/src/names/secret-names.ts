// Which files of a project most often hold a secret, by their names. None of them enters a bottle,
// and none comes back from one.
//
// Pure. A name is not proof. Files of packages (public roots, keys of their own tests) are judged
// by their contents, and so are files that hold a secret only sometimes.
//
//   INV-151  Files that hold an operator's secrets by their names are not in a bottle, whether the folder
//            was copied or bound, unless the operator asks for them; `apply` never writes one.

import { type BytePath, namesOf } from "@bot-bottle/kernel"
import { foldName } from "./folded-name.ts"

export type SecretVerdict =
  | "shown"
  | "hidden"
  /** Hidden when `holdsSecret` says so of its contents. */
  | "depends-on-contents"

const FOLDERS = [".aws", ".kube", ".ssh", ".gnupg", ".azure", ".gcloud"]
const WHOLE = [".env", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".git-credentials", "credentials.json", ".vault-token"]
const KEYS = /^id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-].*)?$/
const TEMPLATE = /\.(?:example|sample|template|dist|defaults?)$/
/** Of other people's packages: their files are public. */
const PACKAGES = ["node_modules", "site-packages", "dist-packages", "vendor"]

/** How much of a file is looked at. */
export const LOOKED_AT_BYTES = 64 * 1024

/** A bottle's changes to the list, as `workspace_hide` writes them: `!` shows a name, `*` is any text. The last that fits counts. */
export type HideRules = readonly string[]

export interface HiddenNames {
  /** `shown` is the operator's explicit word for one run; `apply` still leaves the files alone. */
  readonly secrets: "hidden" | "shown"
  readonly hide: HideRules
}

export const SHOW_ALL: HideRules = ["!*"]

export function rulesOf({ secrets, hide }: HiddenNames): HideRules {
  return secrets === "shown" ? SHOW_ALL : hide
}

/** Of one name; `folders` are those it lies in. */
export function judgeSecret(
  name: string,
  { folders, isFolder, rules }: { folders: readonly string[]; isFolder: boolean; rules: HideRules },
): SecretVerdict {
  const folded = foldName(name)
  const rule = rules.findLast((one) => fitsName(one.replace(/^!/, ""), folded))
  if (rule !== undefined) return rule.startsWith("!") ? "shown" : "hidden"
  if (isFolder) return FOLDERS.includes(folded) ? "hidden" : "shown"
  if (/\.(?:pem|key|p12|pfx)$/.test(folded)) {
    return folders.some((one) => PACKAGES.includes(foldName(one))) ? "depends-on-contents" : "hidden"
  }
  if (folded === ".npmrc" || folded === ".yarnrc.yml" || folded === ".pypirc") return "depends-on-contents"
  if (WHOLE.includes(folded)) return "hidden"
  if (folded.startsWith(".env.")) return TEMPLATE.test(folded) ? "shown" : "hidden"
  if (KEYS.test(folded)) return folded.endsWith(".pub") ? "shown" : "hidden"
  return /\.tfstate(?:\.backup)?$/.test(folded) ? "hidden" : "shown"
}

/** For what depends on its contents; `text` is the beginning of it. */
export function holdsSecret(text: string): boolean {
  return /PRIVATE KEY|_auth(?:Token)?\s*=|_password\s*=|npmAuth(?:Token|Ident)\s*:|^\s*password\s*[:=]/m.test(text)
}

/** Whether `apply` leaves this path alone, whatever is in it. */
export function isSecretPath(path: BytePath, rules: HideRules): boolean {
  const names = namesOf(path)
  return names.some(
    (name, at) =>
      judgeSecret(name, { folders: names.slice(0, at), isFolder: at < names.length - 1, rules }) === "hidden",
  )
}

/** Literal parts in their order, so that no pattern makes the match slow. */
function fitsName(pattern: string, folded: string): boolean {
  const parts = pattern.normalize("NFD").toUpperCase().toLowerCase().split("*")
  const [first = "", last = ""] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return folded === first
  if (folded.length < first.length + last.length || !folded.startsWith(first) || !folded.endsWith(last)) return false
  const middle = folded.slice(first.length, folded.length - last.length)
  let from = 0
  for (const part of parts.slice(1, -1)) {
    const at = middle.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return true
}
