// One run's view of a forge: it reads anywhere and writes to its own issue only.
//
//   INV-200  A write outside the assigned issue and its pull requests is refused before
//            anything reaches the forge. The set is fixed: a new pull request means a new ScopedForge.

import type { Comment, Forge, Issue, NewPullRequest, PullRequest } from "./forge.ts"
import { ForgeScopeError } from "./forge-error.ts"

export interface Scope {
  readonly assignedIssue: number
  readonly assignedPrs: readonly number[]
  /** Begins every branch that the run may offer: `bot-bottle/implementer-abc12/`. */
  readonly branchPrefix: string
}

export class ScopedForge implements Forge {
  /** Ascending. */
  readonly writable: readonly number[]
  readonly #inner: Forge
  readonly #branchPrefix: string

  constructor(inner: Forge, { assignedIssue, assignedPrs, branchPrefix }: Scope) {
    this.#inner = inner
    this.#branchPrefix = branchPrefix
    this.writable = Object.freeze([...new Set([assignedIssue, ...assignedPrs])].sort((a, b) => a - b))
  }

  readIssue(number: number): Promise<Issue> {
    return this.#inner.readIssue(number)
  }

  readPullRequest(number: number): Promise<PullRequest> {
    return this.#inner.readPullRequest(number)
  }

  readComments(number: number): Promise<readonly Comment[]> {
    return this.#inner.readComments(number)
  }

  isOrgMember(org: string, user: string): Promise<boolean> {
    return this.#inner.isOrgMember(org, user)
  }

  getPrForIssue(number: number): Promise<number | null> {
    return this.#inner.getPrForIssue(number)
  }

  isPrOpen(number: number): Promise<boolean> {
    return this.#inner.isPrOpen(number)
  }

  async postComment(number: number, body: string): Promise<Comment> {
    this.#checkWritable(number)
    return this.#inner.postComment(number, body)
  }

  async updateDescription(number: number, body: string): Promise<void> {
    this.#checkWritable(number)
    await this.#inner.updateDescription(number, body)
  }

  async openPullRequest(request: NewPullRequest): Promise<PullRequest> {
    // A head like `other:branch` or `other/repo:branch` names a fork, whatever follows the colon.
    const isOwn = request.head.startsWith(this.#branchPrefix) && !request.head.includes(":")
    if (!isOwn)
      throw new ForgeScopeError(
        `pull request from ${JSON.stringify(request.head)} denied: out of assigned scope (branches: ${this.#branchPrefix}…)`,
      )
    return this.#inner.openPullRequest(request)
  }

  #checkWritable(number: number): void {
    if (this.writable.includes(number)) return
    throw new ForgeScopeError(
      `write to #${number} denied: out of assigned scope (writable: ${this.writable.join(", ")})`,
    )
  }
}
