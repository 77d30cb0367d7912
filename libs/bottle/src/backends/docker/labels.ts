// The labels by which everything of ours is found in an engine again, whoever else uses it.

export const LABELS = {
  /** Absolute path of the run's state folder; the run's slug is its last part. */
  state: "bot-bottle.state",
  /** Identity of the host process whose end is the bottle's end. */
  process: "bot-bottle.process",
  /** On images: hash of the Dockerfile. */
  dockerfile: "bot-bottle.dockerfile",
} as const
