// Which files of a project most often hold a secret, by their names. None of them enters a bottle,
// and none comes back from one.
//
// Pure. A name is not proof: what packages bring along (public roots, keys of their own tests) is
// judged by its contents, and so is a file that holds a secret only sometimes.
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

/** Of one name; `folders` are those it lies in. */
export function judgeSecret(name: string, folders: readonly string[], isFolder: boolean): SecretVerdict {
  const folded = foldName(name)
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
export function isSecretPath(path: BytePath): boolean {
  const names = namesOf(path)
  return names.some((name, at) => judgeSecret(name, names.slice(0, at), at < names.length - 1) === "hidden")
}
