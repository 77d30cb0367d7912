// The harnesses that we install: each has a built-in agent and bottle, and a limit in the first settings.

export const HARNESS_NAMES = ["claude", "codex", "pi"] as const
export type HarnessName = (typeof HARNESS_NAMES)[number]
