// The calls an agent may make on its forge: one table, served over JSON-RPC, MCP and the
// `forge` command alike. Parameters are checked here; scope, caps and audit are dispatch's.

import { describeInvalidParams, type ShownMethod } from "@bot-bottle/agent-calls"
import type { DoneStatus } from "@bot-bottle/contracts"
import { DONE_STATUSES } from "@bot-bottle/contracts/messages/forge/forge-event"
import type { Forge, Issue, NeutralText, PullRequest } from "@bot-bottle/forge"
import * as v from "valibot"

/** The effect of a call, and the cap that counts it. */
export type CallEffect = "read" | "comment" | "edit" | "pull-request" | "done"

export interface CallEdges {
  /** Scoped: it refuses by itself what is not the run's. */
  readonly forge: Forge
  readonly firstBranch: string
  readDefaultBranch(): Promise<string>
  /** Cleans the agent's text. */
  neutralize(text: string): Promise<string>
  /** Cleans it and adds the run's marker. */
  mark(text: string): Promise<string>
  addPullRequest(number: number): Promise<void>
  signalDone(status: DoneStatus, summary: string): Promise<{ readonly already: boolean }>
}

export interface Method extends ShownMethod {
  readonly effect: CallEffect
  prepare(params: unknown): PreparedCall | InvalidParams
}

export interface PreparedCall {
  readonly outcome: "prepared"
  /** `posted comment to #317`. */
  readonly did: string
  /** `comment to #317`: in `refused comment to #317`. */
  readonly noun: string
  /** The agent's own text in it. */
  readonly texts: readonly string[]
  run(edges: CallEdges): Promise<unknown>
}

export interface InvalidParams {
  readonly outcome: "invalid"
  readonly problem: string
}

interface MethodOf<Params> {
  readonly title: string
  readonly description: string
  readonly params: v.GenericSchema<unknown, Params>
  readonly effect: CallEffect
  describe(params: Params): { readonly did: string; readonly noun: string }
  texts(params: Params): readonly string[]
  run(params: Params, edges: CallEdges): Promise<unknown>
}

const MAX_TEXT_BYTES = 64 * 1024
const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.description("The issue's or pull request's number"))
const text = (what: string) =>
  v.pipe(v.string(), v.minLength(1), v.maxBytes(MAX_TEXT_BYTES), v.excludes("\0"), v.description(what))
const branch = (what: string) =>
  v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200), v.regex(/^[\w./:-]+$/), v.description(what)))
const numbered = v.strictObject({ number })
const written = v.strictObject({ number, body: text("Markdown") })
const pullRequest = v.strictObject({
  title: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(255),
    v.regex(/^[^\p{Cc}\u2028\u2029]+$/u),
    v.description("One line"),
  ),
  body: text("Markdown"),
  head: branch("The branch you pushed; the run's first branch when absent"),
  base: branch("The branch to merge into; the default branch when absent"),
})
const completion = v.strictObject({
  status: v.pipe(v.picklist(DONE_STATUSES), v.description("success, failure, or blocked when you need an answer")),
  summary: text("The work done, for the people on the issue"),
})

export const METHODS: Readonly<Record<string, Method>> = {
  read_issue: method({
    title: "Read an issue",
    description: "Reads the title, description, labels and state of an issue or pull request.",
    params: numbered,
    effect: "read",
    describe: ({ number: n }) => ({ did: `read issue #${n}`, noun: `reading of issue #${n}` }),
    texts: () => [],
    run: async ({ number: n }, { forge }) => showIssue(await forge.readIssue(n)),
  }),
  read_comments: method({
    title: "Read comments",
    description: "Reads every comment on an issue or pull request, oldest first.",
    params: numbered,
    effect: "read",
    describe: ({ number: n }) => ({ did: `read comments of #${n}`, noun: `reading of comments of #${n}` }),
    texts: () => [],
    run: async ({ number: n }, { forge }) =>
      (await forge.readComments(n)).map(({ id, user, body, createdAt }) => ({ id, user, body, created_at: createdAt })),
  }),
  read_pull_request: method({
    title: "Read a pull request",
    description: "Reads the title, description, branches and state of a pull request.",
    params: numbered,
    effect: "read",
    describe: ({ number: n }) => ({ did: `read PR #${n} description`, noun: `reading of PR #${n}` }),
    texts: () => [],
    run: async ({ number: n }, { forge }) => showPullRequest(await forge.readPullRequest(n)),
  }),
  post_comment: method({
    title: "Post a comment",
    description: "Posts a comment on the assigned issue or on its pull request. Other numbers are refused.",
    params: written,
    effect: "comment",
    describe: ({ number: n }) => ({ did: `posted comment to #${n}`, noun: `comment to #${n}` }),
    texts: ({ body }) => [body],
    run: async ({ number: n, body }, { forge, mark }) => ({ id: (await forge.postComment(n, await mark(body))).id }),
  }),
  update_description: method({
    title: "Update a description",
    description: "Replaces the description of the assigned issue or of its pull request. Other numbers are refused.",
    params: written,
    effect: "edit",
    describe: ({ number: n }) => ({ did: `updated description of #${n}`, noun: `description of #${n}` }),
    texts: ({ body }) => [body],
    run: async ({ number: n, body }, { forge, mark }) => {
      await forge.updateDescription(n, await mark(body))
      return { number: n }
    },
  }),
  open_pull_request: method({
    title: "Open a pull request",
    description: "Opens the run's pull request from a branch of this run that was pushed before.",
    params: pullRequest,
    effect: "pull-request",
    describe: ({ head }) => ({
      did: `opened pull request from ${head ?? "the run's first branch"}`,
      noun: "pull request",
    }),
    texts: ({ title, body, head, base }) => [title, body, head ?? "", base ?? ""],
    async run(
      { title, body, head, base },
      { forge, firstBranch, readDefaultBranch, neutralize, mark, addPullRequest },
    ) {
      const opened = await forge.openPullRequest({
        title: await neutralize(title),
        body: await mark(body),
        head: head ?? firstBranch,
        base: base ?? (await readDefaultBranch()),
      })
      await addPullRequest(opened.number)
      return showPullRequest(opened)
    },
  }),
  signal_done: method({
    title: "Signal that the work is done",
    description: "Call once when your unit of work is over. The run is then frozen until somebody answers.",
    params: completion,
    effect: "done",
    describe: ({ status }) => ({ did: `signalled done: ${status}`, noun: "completion signal" }),
    texts: ({ summary }) => [summary],
    run: ({ status, summary }, { signalDone }) => signalDone(status, summary),
  }),
}

export function findMethod(name: string): Method | undefined {
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}

/** Rules for cleaning text when only the run's own issue may be closed. */
export function textRules(
  issue: Pick<Issue, "author" | "assignees"> | undefined,
  rules: Omit<NeutralText, "mentionable">,
): NeutralText {
  return { ...rules, mentionable: issue === undefined ? [] : [issue.author, ...issue.assignees] }
}

function showIssue({ number: n, title, body, state, author, assignees, labels, isPullRequest, url }: Issue): object {
  return { number: n, title, body, state, author, assignees, labels, is_pull_request: isPullRequest, url }
}

function showPullRequest({ number: n, title, body, state, isMerged, author, head, base, url }: PullRequest): object {
  return { number: n, title, body, state, is_merged: isMerged, author, head, base, url }
}

function method<Params>({ describe, texts, run, ...shown }: MethodOf<Params>): Method {
  return {
    ...shown,
    annotations: {
      readOnlyHint: shown.effect === "read",
      destructiveHint: shown.effect === "edit",
      openWorldHint: true,
    },
    prepare(given) {
      const parsed = v.safeParse(shown.params, given ?? {}, { abortEarly: true })
      if (!parsed.success) return { outcome: "invalid", problem: describeInvalidParams(parsed.issues[0]) }
      const params = parsed.output
      return { outcome: "prepared", ...describe(params), texts: texts(params), run: (edges) => run(params, edges) }
    },
  }
}
