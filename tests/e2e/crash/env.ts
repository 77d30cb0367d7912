// The variables that these tests read: how many kills, which ones, and how long an outage lasts.
//
//   SOAK_KILLS=200 SOAK_SEED=7 bun test tests/e2e/crash/soak.test.ts

const numberOf = (name: string): number | undefined => {
  const text = process.env[name]
  return text === undefined || text === "" ? undefined : Number(text)
}

/** Of `soak.test.ts`; the acceptance run takes 200. */
export const SOAK_KILLS = numberOf("SOAK_KILLS") ?? 12
/** Chooses victims, moments and answers. Printed, so that a failure can be looked for again. */
export const SOAK_SEED = numberOf("SOAK_SEED") ?? Math.floor(Math.random() * 2 ** 31)
/** How long another process holds the ledger's lock; the acceptance run takes 30 000. */
export const LOCK_MS = numberOf("LEDGER_LOCK_MS") ?? 5_000
