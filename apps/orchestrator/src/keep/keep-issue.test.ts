import { expect, test } from "bun:test"
import type { Comment, ForgeState } from "@bot-bottle/forge"
import { createForgeStateStore } from "@bot-bottle/forge"
import { openTempFolder } from "@bot-bottle/testkit"
import { beginState } from "../decide/apply-step.ts"
import type { LaunchSeen, Observation, RunSeen } from "../decide/decide-next.ts"
import type { IssueEffects } from "./issue-effects.ts"
import { keepIssue } from "./keep-issue.ts"

const KEY = { owner: "acme", repo: "widgets", issue_number: 17 }

// biome-ignore format: a table
const TALES = [
  ["the agent signals, a member answers, it signals again", signals, [
    "launch start l1",
    "stop fixer-abc12",
    "post #17 summary l1",
    "launch resume l2: There is news on issue #17. Carry on with your work.\n\nComment by alice:\nand blue?",
    "stop fixer-abc12",
    "post #42 summary l2",
    "destroy fixer-abc12",
  ]],
  ["the agent ends without a signal", endsSilently, ["launch start l1", "stop fixer-abc12", "post #17 summary l1", "destroy fixer-abc12"]],
  ["the agent is silent for too long", isSilent, ["launch start l1", "stop fixer-abc12", "post #17 summary l1", "destroy fixer-abc12"]],
  ["the launch fails, and a comment tries again", failsFirst, ["post #17 failure", "launch start l2", "stop fixer-abc12", "post #17 summary l2", "destroy fixer-abc12"]],
] as const

test.each(TALES)(
  "INV-48: %s: killed before or after any effect, each launch begins once, each comment is posted once",
  async (_what, happen, expected) => {
    const undisturbed = await tell(happen, Number.POSITIVE_INFINITY)
    expect(undisturbed.story).toEqual([...expected])
    expect(undisturbed.final).toMatchObject({ status: "destroyed", slug: "fixer-abc12", pr_number: 42, ending: null })
    expect(undisturbed.moments).toBeGreaterThan(25)

    for (let moment = 1; moment <= undisturbed.moments; moment++) {
      const killed = await tell(happen, moment)
      expect([moment, killed.story]).toEqual([moment, undisturbed.story])
      expect([moment, killed.final]).toEqual([moment, undisturbed.final])
    }
  },
  60_000,
)

test("a launch that failed is told once, and a comment tries again from the start", async () => {
  await using root = await openTempFolder()
  const world = createWorld(root.path)
  world.launchFails = "agent 'fixer' is not known"
  await world.begin()
  await world.keep()
  await world.keep()
  expect(world.comments.map(({ body }) => body)).toEqual([
    "The run could not be started: agent 'fixer' is not known\n\n<!-- bot-bottle refused=l1 -->",
  ])
  world.launchFails = undefined
  world.say("alice", "try again")
  await world.keep()
  expect(await world.store.read(KEY)).toMatchObject({ status: "running", launch_kind: "start", slug: "fixer-abc12" })
})

type World = ReturnType<typeof createWorld>

async function signals(world: World): Promise<void> {
  await world.survive()
  world.agentSignals()
  await world.survive()
  world.say("alice", "and blue?")
  await world.survive()
  world.pullRequest = { number: 42, isOpen: true }
  world.agentSignals()
  await world.survive()
}

async function endsSilently(world: World): Promise<void> {
  await world.survive()
  world.run = "ended"
  await world.survive()
}

async function isSilent(world: World): Promise<void> {
  await world.survive()
  world.nowMs = 60_001
  await world.survive()
}

async function failsFirst(world: World): Promise<void> {
  world.launchFails = "agent 'fixer' is not known"
  await world.survive()
  world.launchFails = undefined
  world.say("alice", "try again")
  await world.survive()
  world.agentSignals()
  await world.survive()
}

/** A whole story, killed once at the `killAt`th moment; each ends with a closed pull request. */
async function tell(happen: (world: World) => Promise<void>, killAt: number) {
  await using root = await openTempFolder()
  const world = createWorld(root.path)
  world.killAt = killAt
  await world.begin()
  await happen(world)
  world.pullRequest = { number: 42, isOpen: false }
  await world.survive()
  return { story: world.story, final: await world.store.read(KEY), moments: world.moments }
}

class Killed extends Error {}

/** The parts that outlive an orchestrator: the forge, the runs, the files. */
function createWorld(root: string) {
  const store = createForgeStateStore(root)
  const story: string[] = []
  const comments: Comment[] = []
  const launches = new Map<string, LaunchSeen>()
  const signals = new Set<string>()
  const prompts = new Map<string, string>()
  let ids = 0
  let lastLaunch = ""
  const world = {
    store,
    story,
    comments,
    moments: 0,
    killAt: Number.POSITIVE_INFINITY,
    nowMs: 1_000,
    run: "absent" as RunSeen,
    pullRequest: undefined as Observation["pullRequest"],
    launchFails: undefined as string | undefined,

    begin: () =>
      store.write(beginState(KEY, { agent: "fixer", bottle: undefined, launchId: "l1", webUrl: "", seenCommentId: 0 })),
    say: (user: string, body: string) =>
      void comments.push({ id: comments.length + 1, user, body, createdAt: "2026-11-28T12:00:00Z" }),
    agentSignals: () => void signals.add(lastLaunch),
    keep: () => keepIssue(effects(), { watchdogTimeoutMs: 60_000 }),
    /** As `serve` started again after a kill. */
    async survive() {
      for (let isKilled = true; isKilled; ) {
        isKilled = false
        await world.keep().catch((error) => {
          if (!(error instanceof Killed)) throw error
          isKilled = true
        })
      }
    },
  }

  /** A process may die before an effect and after it. */
  async function moment<T>(effect: () => T | Promise<T>): Promise<T> {
    if (++world.moments === world.killAt) throw new Killed()
    const result = await effect()
    if (++world.moments === world.killAt) throw new Killed()
    return result
  }

  function effects(): IssueEffects {
    return {
      nowMs: () => 0,
      // Launch ids are the second and every later one that is kept.
      newId: () => `draft-${++ids}`,
      read: () => moment(() => store.read(KEY)),
      write: (state) => moment(() => store.write(named(state))),
      observe: (state) => moment(() => observe(state)),
      writePrompt: (launchId, prompt) => moment(() => void prompts.set(launchId, prompt)),
      launch: (state) =>
        moment(() => {
          if (launches.has(state.launch_id)) return
          if (world.launchFails !== undefined)
            return void launches.set(state.launch_id, { kind: "failed", message: world.launchFails })
          launches.set(state.launch_id, { kind: "up", slug: "fixer-abc12" })
          lastLaunch = state.launch_id
          world.run = "live"
          const prompt = [...prompts.values()].at(-1)
          story.push(
            `launch ${state.launch_kind} ${launchName(state.launch_id)}${state.launch_kind === "resume" ? `: ${prompt}` : ""}`,
          )
        }),
      stop: (slug) =>
        moment(() => {
          if (world.run !== "live" && world.run !== "ended") return
          world.run = "frozen"
          story.push(`stop ${slug}`)
        }),
      readComments: () => moment(() => comments),
      postComment: (number, body) =>
        moment(() => {
          comments.push({ id: comments.length + 1, user: "runbot", body, createdAt: "2026-11-28T12:00:00Z" })
          const what = body.startsWith("summary") ? `summary ${launchName(lastLaunch)}` : "failure"
          story.push(`post #${number} ${what}`)
        }),
      composeSummary: (_state, marker) => moment(() => `summary\n${marker}`),
      destroy: (state) =>
        moment(() => {
          if (world.run === "killed") return
          world.run = "killed"
          story.push(`destroy ${state.slug}`)
        }),
      log: () => undefined,
    }
  }

  /** Kept ids are counted, since how many drafts there were depends on the kill. */
  const kept = new Map<string, string>([["l1", "l1"]])
  function launchName(id: string): string {
    if (!kept.has(id)) kept.set(id, `l${kept.size + 1}`)
    return kept.get(id) ?? ""
  }
  function named(state: ForgeState): ForgeState {
    return state.status === "destroyed" ? { ...state, launch_id: launchName(state.launch_id) } : state
  }

  function observe(state: ForgeState): Observation {
    const isDone = signals.has(state.launch_id)
    const fresh = comments.filter(({ id, user }) => id > state.seen_comment_id && user !== "runbot")
    return {
      nowMs: world.nowMs,
      pullRequest: world.pullRequest,
      launch: launches.get(state.launch_id) ?? { kind: "not-begun" },
      run: world.run,
      sidecar: "answers",
      done: isDone
        ? { kind: "done", launchId: state.launch_id, status: "success", summary: "s", at: "2026-11-28T12:00:00Z" }
        : undefined,
      lastCheckInMs: 0,
      hasRoom: true,
      comments: {
        fromMembers: fresh.map(({ user, body }) => ({ user, body })),
        seen: { seen_comment_id: comments.at(-1)?.id ?? 0, seen_pr_comment_id: 0, seen_review_id: 0 },
      },
    }
  }
  return world
}
