// The story of one issue: the agent that does its work, and the moments at which a test may kill its orchestrator.

import type { Program } from "@bot-bottle/testkit"

const OPEN_PULL_REQUEST = `
ISSUE=$(printf '%s' "$1" | sed -n 's/^Work on issue #\\([0-9]*\\):.*/\\1/p')
if [ -d "$HOME/repo" ]; then forge done success 'second'; exit 0; fi
git clone --quiet http://git.bot-bottle.internal/acme/widgets.git "$HOME/repo"; cd "$HOME/repo"
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"; echo green > widget.txt; git add .; git commit --quiet -m green
git push --quiet origin HEAD
printf "Closes #$ISSUE" | forge open-pr --title 'Make it green' --body-file - >/dev/null
`
const DONE = "forge done success 'first'\n"

/** Opens a pull request, and is done; resumed, it is done at once. */
export const WORK = `${OPEN_PULL_REQUEST}${DONE}`

/** The same, but it works until a comment says `now finish`. */
export const WORK_UNTIL_TOLD = `${OPEN_PULL_REQUEST}
until forge read-comments "$ISSUE" | grep -q 'now finish'; do sleep 1; done
${DONE}`

/** As `serve` logs them, after the name; in the order of a story. */
const STEPS = [
  ["begins", /: targeted for agent fixer/],
  ["resumes", /: resumed by a comment of alice/],
  ["launches", /: launch$/],
  ["knows the run", /: runs as /],
  ["knows the pull request", /: its pull request is #/],
  ["receives the signal", /: the agent signalled success/],
  ["stops the run", /: stop$/],
  ["posts", /: post summary$/],
  ["destroys", /: destroy$/],
] as const
const WORKING = ["launches", "receives the signal", "stops the run", "posts"] as const
export const MOMENTS: readonly string[] = [
  ...["begins", "knows the run", "knows the pull request", ...WORKING].map((step) => `first: ${step}`),
  ...["resumes", ...WORKING].map((step) => `second: ${step}`),
  "last: destroys",
]
/** A step may be over before the kill; the next story then tries to meet it. */
export const MAX_STORIES = 8

/** The first open moment of this phase that the orchestrator has come to. */
export function findMoment(
  { stdout }: Pick<Program, "stdout">,
  phase: string,
  open: ReadonlySet<string>,
): string | undefined {
  const lines = stdout.split("\n")
  const met = STEPS.filter(([, pattern]) => lines.some((line) => pattern.test(line))).map(
    ([step]) => `${phase}: ${step}`,
  )
  return met.find((moment) => open.has(moment))
}
