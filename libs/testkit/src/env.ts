// The one thing programs under test inherit: where to find other programs.

export const PATH = process.env["PATH"] ?? "/usr/bin:/bin"

/** Set where a suite runs once more, with a run whose agent may ask its operator. */
export const SUPERVISE_STATE = Bun.env["BOT_BOTTLE_TEST_SUPERVISE"] ?? "off"

/** Set by a stage of the test command, whose tests have longer than the runner's 5 s. */
export const STAGE_DEADLINE_MS = Bun.env["BOT_BOTTLE_TEST_DEADLINE_MS"]
  ? Number(Bun.env["BOT_BOTTLE_TEST_DEADLINE_MS"])
  : undefined
