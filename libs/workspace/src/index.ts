// Workspace: the folder an agent works in. Filled by a copy or bound in place, compared with what
// it began as, and applied to the operator's own. Git on the host works only in here.

export { type AppliedChange, type ApplyRequest, applyChanges } from "./apply-changes.ts"
export { type Baseline, type BaselineEntry, type Entry, loadBaseline } from "./baseline.ts"
export type { BindEnd } from "./bind/finish-bind.ts"
export { type OpenBind, openBind, prepareBind } from "./bind/open-bind.ts"
export { recoverPendingBinds } from "./bind/recover-pending-binds.ts"
export type { Change } from "./changes.ts"
export { type Contents, loadContents } from "./contents.ts"
export type { SkippedEntry } from "./copy-tree.ts"
export { countHidden, type HiddenCount } from "./count-hidden.ts"
export { type FetchedCommits, fetchCommits, hasOwnCommits } from "./host-git/fetch-commits.ts"
export type { Commit } from "./host-git/fetch-repository.ts"
export { countLines, type DiffLine, diffLines, type Hunk } from "./line-diff.ts"
export { type Review, type ReviewedChange, reviewWorkspace, type Standing } from "./review.ts"
export type { HiddenNames, HideRules } from "./secret-names.ts"
