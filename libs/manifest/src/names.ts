// The rules for what the operator's things may be called. Whole strings only.

const MANIFEST_NAME = /^[a-z][a-z0-9-]*$/
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const LONGEST_NAME = 64

/** Agents, bottles, skills, providers. They become file names, scopes and labels. */
export function isManifestName(text: string): boolean {
  return text.length <= LONGEST_NAME && MANIFEST_NAME.test(text)
}

export function isVariableName(text: string): boolean {
  return text.length <= 128 && VARIABLE_NAME.test(text)
}

/** A credential pasted where the name of a host variable belongs: some of them look like names. */
export function looksLikeCredential(text: string): boolean {
  return /^(?:sk-|gh[opsur]_|github_pat_|glpat-|xox[abprs]-|AKIA[0-9A-Z]{16}$|eyJ)/.test(text)
}
