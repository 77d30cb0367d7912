// An agent that never stops asking, and the steps that a freeze records.

export const STEPS = ["freeze by operator: done", "cutoff by operator: done"]

/** Asks without a pause, and so has its proxy write all the time. */
export const BUSY = `console.log("first", (await ask()).status); for (;;) await ask().catch(() => Bun.sleep(10))`
