// The campaign's jobs: queued by hand, each with a name of its own, and read as the database has them.

import type { Cluster } from "@bot-bottle/testkit"

export interface JobState {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly attempts: number
  readonly host: string
  readonly error: string
}

export interface CampaignQueue {
  /** Until so many are under way. A database that is gone is tried again with the next call. */
  fill(): Promise<void>
  /** Undefined while the database is gone. */
  read(): Promise<readonly JobState[] | undefined>
  /** Names of the jobs that the database has confirmed. */
  readonly confirmed: readonly string[]
}

/** Fewer than workers: some are free to take over. */
const JOBS_AT_ONCE = 4
const ORDER = JSON.stringify({ agent: "impl", agentArguments: [], headless: true, prompt: "job-%s" })

export function createQueue(cluster: Cluster, database: string): CampaignQueue {
  const confirmed: string[] = []
  const ask = (statement: string) => cluster.psql(database, statement).catch(() => undefined)
  const read = async () => {
    const word = (column: string) => `replace(coalesce(${column}, ''), '|', ' ')`
    const columns = `id, "order"::jsonb ->> 'prompt', state, attempts, ${word("host")}, ${word("error")}`
    const text = await ask(`SELECT ${columns} FROM job ORDER BY id`)
    if (text === undefined || text === "") return text === "" ? [] : undefined
    return text.split("\n").map((line) => {
      const [id = "", name = "", state = "", attempts = "", host = "", error = ""] = line.split("|")
      return { id: Number(id), name, state, attempts: Number(attempts), host, error }
    })
  }
  return {
    confirmed,
    read,
    async fill() {
      // One statement, so that an answer that is lost queues nothing twice: the next one counts what is there.
      const total = await ask(`
        WITH now AS (SELECT count(*) AS jobs, count(*) FILTER (WHERE state IN ('queued', 'running')) AS open FROM job),
        put AS (INSERT INTO job ("order", wants, actor)
          SELECT format('${ORDER}', jobs + n), '{}', 'campaign' FROM now, generate_series(1, ${JOBS_AT_ONCE}) AS n
          WHERE n <= ${JOBS_AT_ONCE} - open RETURNING 1)
        SELECT jobs + (SELECT count(*) FROM put) FROM now`)
      while (confirmed.length < Number(total ?? 0)) confirmed.push(`job-${confirmed.length + 1}`)
    },
  }
}
