// A forge that says what it is about to do before it does it: the audit row comes first.

import type { Forge } from "@bot-bottle/forge"

/** `announce` runs before every call; when it rejects, the call is not made. */
export function announcingForge(inner: Forge, announce: () => Promise<void>): Forge {
  const announced = async <T>(call: () => Promise<T>): Promise<T> => {
    await announce()
    return call()
  }
  return {
    readIssue: (number) => announced(() => inner.readIssue(number)),
    readPullRequest: (number) => announced(() => inner.readPullRequest(number)),
    readComments: (number) => announced(() => inner.readComments(number)),
    postComment: (number, body) => announced(() => inner.postComment(number, body)),
    updateDescription: (number, body) => announced(() => inner.updateDescription(number, body)),
    openPullRequest: (request) => announced(() => inner.openPullRequest(request)),
    isOrgMember: (org, user) => announced(() => inner.isOrgMember(org, user)),
    getPrForIssue: (number) => announced(() => inner.getPrForIssue(number)),
    isPrOpen: (number) => announced(() => inner.isPrOpen(number)),
  }
}
