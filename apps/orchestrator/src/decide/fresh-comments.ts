// Which comments are news for a run. Pure; membership was looked up.

import type { Comment, Review } from "@bot-bottle/forge"
import type { FreshComments, SeenIds } from "./decide-next.ts"

export interface CommentLists {
  readonly onIssue: readonly Comment[]
  readonly onPullRequest: readonly Comment[]
  readonly reviews: readonly Review[]
}

/** Authors of unseen comments, the bot left out: whose membership has to be looked up. */
export function newAuthors(lists: CommentLists, seen: SeenIds, bot: string): readonly string[] {
  return [...new Set(unseen(lists, seen).map(({ user }) => user))].filter((user) => user !== "" && !isSame(user, bot))
}

export function freshComments(
  lists: CommentLists,
  seen: SeenIds,
  { bot, members }: { readonly bot: string; readonly members: readonly string[] },
): FreshComments {
  const fromMembers = unseen(lists, seen)
    .filter(({ user }) => !isSame(user, bot) && members.some((member) => isSame(member, user)))
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    .map(({ user, body }) => ({ user, body }))
  return {
    fromMembers,
    seen: {
      seen_comment_id: lastId(lists.onIssue, seen.seen_comment_id),
      seen_pr_comment_id: lastId(lists.onPullRequest, seen.seen_pr_comment_id),
      seen_review_id: lastId(lists.reviews, seen.seen_review_id),
    },
  }
}

function unseen({ onIssue, onPullRequest, reviews }: CommentLists, seen: SeenIds): readonly Comment[] {
  const remarks = reviews
    .filter(({ id }) => id > seen.seen_review_id)
    .map((review) => ({ ...review, body: withRemarks(review) }))
    // Gitea makes an empty review of every push.
    .filter(({ body }) => body.trim() !== "")
  return [
    ...onIssue.filter(({ id }) => id > seen.seen_comment_id),
    ...onPullRequest.filter(({ id }) => id > seen.seen_pr_comment_id),
    ...remarks,
  ]
}

function withRemarks({ body, remarks }: Review): string {
  return [body, ...remarks.map((remark) => `${remark.path}: ${remark.body}`)].filter((part) => part !== "").join("\n")
}

function lastId(list: readonly { readonly id: number }[], seen: number): number {
  return Math.max(seen, ...list.map(({ id }) => id))
}

/** Forges compare account names without regard to case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
