// Workspace: the folder an agent works in. Filled by a copy or bound in place, compared with what
// it began as, and applied to the operator's own. Git on the host works only in here.

export { type Baseline, type BaselineEntry, type Entry, loadBaseline } from "./baseline.ts"
export type { BindEnd } from "./bind/finish-bind.ts"
export { type BrokenBind, type OpenBind, openBind, prepareBind } from "./bind/open-bind.ts"
export { recoverPendingBinds } from "./bind/recover-pending-binds.ts"
export type { SkippedEntry } from "./copy/copy-tree.ts"
export { countHidden, type HiddenCount } from "./copy/count-hidden.ts"
export { type FetchedCommits, fetchCommits, hasOwnCommits } from "./host-git/fetch-commits.ts"
export type { Commit } from "./host-git/fetch-repository.ts"
export type { HiddenNames, HideRules } from "./names/secret-names.ts"
export { type AppliedChange, type ApplyRequest, applyChanges } from "./review/apply-changes.ts"
export type { Change } from "./review/changes.ts"
export { type Contents, loadContents } from "./review/contents.ts"
export { countLines, type DiffLine, diffLines, type Hunk } from "./review/line-diff.ts"
export { type Review, type ReviewedChange, reviewWorkspace, type Standing } from "./review/review.ts"
