// The real Gitea as the judge of closing keywords: whatever closes an issue at a merge, the gate refuses in a
// commit message and the sidecar breaks in a description. Mentions notify nobody but the issue's people.

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { findForeignClosing, neutralizeText } from "@bot-bottle/forge"
import { waitFor } from "@bot-bottle/testkit"
import { WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets, type Widgets } from "./widgets.ts"

/** `N` is an issue's number. */
const PHRASES: readonly string[] = [
  "fixes #N",
  "Fixes: #N",
  "CLOSES #N",
  "resolved #N.",
  "closes acme/widgets#N",
  "closes !N",
  "closes ORIGIN/acme/widgets/issues/N",
  "(fixes #N)",
  "[fixes #N]",
  "fix #N",
  "closed  #N",
  "fixes\t#N",
  "fixes\n#N",
  "fixes:#N",
  "fixes\u00a0#N",
  "fixes\u200b#N",
  "fixes **#N**",
  "**fixes #N**",
  "`fixes #N`",
  "~~fixes #N~~",
  "- [ ] fixes #N",
  "> fixes #N",
  "<!-- fixes #N -->",
  "```\nfixes #N\n```",
  "fixes &#35;N",
  "fixes [#N](ORIGIN/acme/widgets/issues/N)",
  "fixes #N, #N",
  '"fixes #N"',
  "'fixes #N'",
  "x;fixes #N",
  "closes #N:",
  "closes: acme/widgets!N",
  "resolves <ORIGIN/acme/widgets/issues/N>",
  "\u200dfixes #N",
  "see #N",
  "prefixes #N",
  "fixes the bug of #N",
]

describe.skipIf(WHY_NO_GITEA !== undefined)(`a real Gitea (${WHY_NO_GITEA ?? "1.26"})`, () => {
  let widgets: Widgets
  let task = 0
  beforeAll(async () => {
    widgets = await openWidgets()
    task = await widgets.addIssue({ title: "The task", body: "" })
  }, 60_000)
  afterAll(() => widgets[Symbol.asyncDispose]())

  const rules = () => ({ assignedIssue: task, mentionable: ["alice"], repository: "acme/widgets" })

  test("a description that passed the sidecar closes the run's own issue alone; as it came it would close many", async () => {
    const raw = await openVictims(widgets)
    const last = await widgets.addIssue({ title: "Last", body: "" })
    await merge(widgets, "raw", { body: [...raw.map(({ text }) => text), `fixes #${last}`].join("\n\n"), last })
    expect((await closed(widgets, raw)).length).toBeGreaterThan(8)

    const cleaned = await openVictims(widgets)
    const body = neutralizeText([...cleaned.map(({ text }) => text), `Closes #${task}`].join("\n\n"), rules())
    await merge(widgets, "cleaned", { body, last: task })
    expect(await closed(widgets, cleaned)).toEqual([])
  }, 120_000)

  test("every commit message that closes an issue is one that the gate refuses", async () => {
    const victims = await openVictims(widgets)
    const last = await widgets.addIssue({ title: "Last", body: "" })
    const messages = [...victims.map(({ text }) => `Work\n\n${text}`), `fixes #${last}`]
    await merge(widgets, "commits", { messages, last })
    const closing = await closed(widgets, victims)
    expect(closing.length).toBeGreaterThan(8)
    expect(closing.filter(({ text }) => findForeignClosing(`Work\n\n${text}`, rules()) === undefined)).toEqual([])
  }, 180_000)

  test("a mention in a cleaned comment notifies nobody; as it came it would", async () => {
    const { gitea, malloryToken, botToken } = widgets
    const quiet = await widgets.addIssue({ title: "Quiet", body: "" })
    const loud = await widgets.addIssue({ title: "Loud", body: "" })
    const say = (number: number, body: string) => widgets.repo("POST", `/issues/${number}/comments`, { body }, botToken)
    const heard = async () => {
      const all = await gitea.call("GET", "/notifications?all=true", undefined, malloryToken)
      return (all as { subject: { title: string } }[]).map(({ subject }) => subject.title)
    }
    await say(quiet, neutralizeText("cc @mallory (@mallory) *@mallory* @Mallory.", rules()))
    await say(loud, "cc @mallory")
    await waitFor("the notification", async () => (await heard()).includes("Loud"))
    expect(await heard()).not.toContain("Quiet")
  }, 60_000)
})

interface Victim {
  readonly number: number
  readonly text: string
}

/** An issue for each phrase, which names it. */
async function openVictims({ repo, gitea }: Widgets): Promise<readonly Victim[]> {
  const victims: Victim[] = []
  for (const phrase of PHRASES) {
    const { number } = (await repo("POST", "/issues", { title: phrase.slice(0, 40) })) as { number: number }
    victims.push({ number, text: phrase.replaceAll("ORIGIN", gitea.origin).replace(/N(?![a-z])/g, `${number}`) })
  }
  return victims
}

/** Merges a pull request of the bot, as a person does. Ends once `last` is closed, which the text closes last. */
async function merge(
  widgets: Widgets,
  name: string,
  {
    body = "",
    messages = ["Work"],
    last,
  }: { readonly body?: string; readonly messages?: readonly string[]; readonly last: number },
): Promise<void> {
  const { repo, botToken, aliceToken } = widgets
  const branch = `bot-bottle/fixer-abc12/${name}`
  for (const [index, message] of messages.entries())
    await repo(
      "POST",
      `/contents/${name}-${index}.txt`,
      { content: "eA==", message, ...(index === 0 ? { branch: "main", new_branch: branch } : { branch }) },
      botToken,
    )
  const pull = (await repo("POST", "/pulls", { title: name, body, head: branch, base: "main" }, botToken)) as {
    number: number
  }
  // Gitea looks for conflicts first, and refuses a merge until it has.
  await waitFor(
    "the merge",
    () =>
      repo("POST", `/pulls/${pull.number}/merge`, { Do: "merge" }, aliceToken).then(
        () => true,
        () => false,
      ),
    { deadlineMs: 30_000 },
  )
  // Gitea closes issues after its answer, in the order of the text.
  await waitFor(`#${last} to be closed`, async () => (await stateOf(widgets, last)) === "closed", {
    deadlineMs: 30_000,
  })
}

async function stateOf({ repo }: Widgets, number: number): Promise<string> {
  return ((await repo("GET", `/issues/${number}`)) as { state: string }).state
}

async function closed(widgets: Widgets, victims: readonly Victim[]): Promise<readonly Victim[]> {
  const found: Victim[] = []
  for (const victim of victims) if ((await stateOf(widgets, victim.number)) === "closed") found.push(victim)
  return found
}
