// The data of the stand-in Gitea: accounts, one organization's members, one repository's issues and
// pull requests. Tests read and change it directly.

export interface StandInIssue {
  readonly number: number
  title: string
  body: string
  state: "open" | "closed"
  author: string
  assignees: string[]
  labels: string[]
  contentVersion: number
  readonly timeline: { readonly id: number; readonly closedBy: number }[]
  readonly comments: StandInComment[]
  /** Of a pull request. */
  readonly pull?: { readonly head: string; readonly base: string; merged: boolean; readonly fromFork: boolean }
  readonly reviews: StandInReview[]
}

export interface StandInComment {
  readonly id: number
  readonly user: string
  body: string
  readonly createdAt: string
}

export interface StandInReview extends StandInComment {
  readonly remarks: readonly { readonly path: string; readonly body: string }[]
}

/** A webhook of the repository. Tests send its deliveries; only a test delivery leaves by itself. */
export interface StandInWebhook {
  readonly id: number
  readonly url: string
  readonly secret: string
  readonly events: readonly string[]
}

export interface GiteaWorld {
  readonly owner: string
  readonly repo: string
  /** The owner of the token. */
  readonly bot: string
  readonly org: string
  readonly members: Set<string>
  readonly issues: Map<number, StandInIssue>
  /** Branch names; the git side keeps them up to date. */
  readonly branches: Set<string>
  readonly defaultBranch: string
  /** Of the repository. */
  readonly labels: string[]
  readonly tokenScopes: readonly string[]
  readonly webhooks: StandInWebhook[]
  /** As ALLOWED_HOST_LIST of app.ini decides: false, and a delivery is dropped without a word. */
  deliversWebhooks: boolean
  isArchived: boolean
  /** Set: every call is redirected there with 301, as after a rename. */
  movedTo: string | undefined
  addIssue(issue: Partial<Omit<StandInIssue, "number" | "comments" | "reviews" | "timeline">>): StandInIssue
  addComment(number: number, user: string, body: string): StandInComment
  addReview(number: number, user: string, body: string, remarks?: StandInReview["remarks"]): StandInReview
}

export function createGiteaWorld(options: {
  readonly owner: string
  readonly repo: string
  readonly bot: string
  readonly org: string
  readonly members: readonly string[]
}): GiteaWorld {
  const { owner, repo, bot, org, members } = options
  const issues = new Map<number, StandInIssue>()
  let lastNumber = 0
  let lastId = 0
  const issueOf = (number: number) => {
    const issue = issues.get(number)
    if (issue === undefined) throw new RangeError(`the stand-in has no issue ${number}`)
    return issue
  }

  return {
    owner,
    repo,
    bot,
    org,
    members: new Set(members),
    issues,
    branches: new Set(["main"]),
    defaultBranch: "main",
    labels: ["bot-bottle:fixer"],
    tokenScopes: ["read:organization", "read:user", "write:issue", "write:repository"],
    webhooks: [],
    deliversWebhooks: true,
    isArchived: false,
    movedTo: undefined,

    addIssue(given) {
      const issue: StandInIssue = {
        title: "Widget is blue",
        body: "",
        state: "open",
        author: "alice",
        assignees: [],
        labels: [],
        contentVersion: 0,
        timeline: [],
        comments: [],
        reviews: [],
        ...given,
        number: ++lastNumber,
      }
      issues.set(issue.number, issue)
      const [, closes] = issue.pull === undefined ? [] : (/\b(?:closes|fixes|resolves) #(\d+)/i.exec(issue.body) ?? [])
      const closed = closes === undefined ? undefined : issues.get(Number(closes))
      closed?.timeline.push({ id: ++lastId, closedBy: issue.number })
      return issue
    },

    addComment(number, user, body) {
      const comment = { id: ++lastId, user, body, createdAt: timestamp(lastId) }
      issueOf(number).comments.push(comment)
      return comment
    },

    addReview(number, user, body, remarks = []) {
      const review = { id: ++lastId, user, body, createdAt: timestamp(lastId), remarks }
      issueOf(number).reviews.push(review)
      return review
    },
  }
}

/** A second apart, in the order of the ids. */
function timestamp(id: number): string {
  return new Date(Date.UTC(2026, 10, 28, 3, 25, id)).toISOString().replace(".000Z", "Z")
}
