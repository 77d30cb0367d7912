// The words every forge speaks here: issues, pull requests, comments, and the calls on them.
//
// Nothing in this file names a vendor. A new forge is a new folder beside `gitea/`.

/** An issue, or a pull request seen as one: forges number both in one sequence. */
export interface Issue {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: "open" | "closed"
  /** `""` when the account is gone. */
  readonly author: string
  readonly assignees: readonly string[]
  readonly labels: readonly string[]
  readonly isPullRequest: boolean
  readonly url: string
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: "open" | "closed"
  readonly isMerged: boolean
  readonly author: string
  /** Branch names, without `refs/heads/`. */
  readonly head: string
  readonly base: string
  /** True when the head lies in the repository itself, not in a fork. */
  readonly isHeadInRepository: boolean
  readonly url: string
}

export interface Comment {
  readonly id: number
  readonly user: string
  readonly body: string
  /** ISO 8601, as the forge wrote it. */
  readonly createdAt: string
}

/** A comment on a pull request's review, with the remarks on its lines. */
export interface Review extends Comment {
  readonly remarks: readonly { readonly path: string; readonly body: string }[]
}

export interface NewPullRequest {
  readonly title: string
  readonly body: string
  readonly head: string
  readonly base: string
}

/** One repository of a forge, as the agent's side of a run needs it. */
export interface Forge {
  readIssue(number: number): Promise<Issue>
  readPullRequest(number: number): Promise<PullRequest>
  /** Every comment, oldest first. */
  readComments(number: number): Promise<readonly Comment[]>
  postComment(number: number, body: string): Promise<Comment>
  updateDescription(number: number, body: string): Promise<void>
  openPullRequest(request: NewPullRequest): Promise<PullRequest>
  isOrgMember(org: string, user: string): Promise<boolean>
  /** `number` itself when it is a pull request already. */
  getPrForIssue(number: number): Promise<number | null>
  isPrOpen(number: number): Promise<boolean>
}

/** The same for whoever asks, by whichever of the forge's addresses: hosts that work together compare it. */
export interface RepositoryIdentity {
  readonly id: string
  /** As the forge spells it. */
  readonly owner: string
  readonly repo: string
}

/** The same repository as the orchestrator watches it. */
export interface WatchedForge extends Forge {
  /** The account that the token belongs to. */
  readOwnName(): Promise<string>
  hasOrg(org: string): Promise<boolean>
  readDefaultBranch(): Promise<string>
  readRepositoryIdentity(): Promise<RepositoryIdentity>
  /** Open issues, pull requests left out. */
  listOpenIssues(): Promise<readonly Issue[]>
  listReviews(number: number): Promise<readonly Review[]>
}
