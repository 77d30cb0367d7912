// A run's workspace: filled, bound, compared, brought back. A door of its own, opened by the
// starts and commands that have to do with one: the others start sooner.

export { type Commit, type FetchedCommits, fetchCommits, hasOwnCommits } from "../host-git/fetch-commits.ts"
export { type AppliedChange, type ApplyRequest, applyChanges } from "./apply-changes.ts"
export { claimApply } from "./apply-claim.ts"
export type { BindEnd } from "./bind/finish-bind.ts"
export { type OpenBind, openBind, prepareBind } from "./bind/open-bind.ts"
export type { Change } from "./changes.ts"
export { type Contents, loadContents } from "./contents.ts"
export type { LeftOut } from "./copy-tree.ts"
export { copyWorkspace, type WorkspaceCopy } from "./copy-workspace.ts"
export { countLines, type DiffLine, diffLines, type Hunk } from "./line-diff.ts"
export { type Review, type ReviewedChange, reviewWorkspace, type Standing } from "./review.ts"
