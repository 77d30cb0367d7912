// A forge repository's name, checked once where it enters: environment, webhook or state file.
//
// Both parts become path segments here and on the forge, so neither may step out of its folder.

export interface RepositoryName {
  readonly owner: string
  readonly repo: string
}

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/

/** Undefined when either part could not be a folder and a path segment of its own. */
export function parseRepositoryName(owner: string, repo: string): RepositoryName | undefined {
  const isValid = [owner, repo].every((part) => SEGMENT.test(part) && !part.endsWith("."))
  return isValid && !repo.endsWith(".git") ? { owner, repo } : undefined
}

/** Forges compare names without regard to case. */
export function isSameRepository(a: RepositoryName, b: RepositoryName): boolean {
  return a.owner.toLowerCase() === b.owner.toLowerCase() && a.repo.toLowerCase() === b.repo.toLowerCase()
}
