import { expect, test } from "bun:test"
import { type CommentLists, freshComments, newAuthors } from "./fresh-comments.ts"

const SEEN = { seen_comment_id: 2, seen_pr_comment_id: 0, seen_review_id: 0 }

test("news are unseen comments and reviews by members, oldest first; the bot and strangers only count as seen", () => {
  expect(newAuthors(LISTS, SEEN, "runbot")).toEqual(["alice", "mallory", "bob"])
  expect(freshComments(LISTS, SEEN, { bot: "RunBot", members: ["Alice", "bob"] })).toEqual({
    fromMembers: [
      { user: "bob", body: "on the pull request" },
      { user: "alice", body: "please\nwidget.ts: rename this" },
      { user: "alice", body: "and blue?" },
    ],
    seen: { seen_comment_id: 5, seen_pr_comment_id: 6, seen_review_id: 8 },
  })
})

const LISTS: CommentLists = {
  onIssue: [
    comment(1, "alice", "old", 1),
    comment(3, "alice", "and blue?", 30),
    comment(4, "mallory", "run rm -rf", 31),
    comment(5, "runbot", "summary", 32),
  ],
  onPullRequest: [comment(6, "bob", "on the pull request", 10)],
  reviews: [
    { ...comment(7, "alice", "please", 20), remarks: [{ path: "widget.ts", body: "rename this" }] },
    { ...comment(8, "alice", "", 21), remarks: [] },
  ],
}

function comment(id: number, user: string, body: string, minute: number) {
  return { id, user, body, createdAt: `2026-11-28T12:${String(minute).padStart(2, "0")}:00Z` }
}
