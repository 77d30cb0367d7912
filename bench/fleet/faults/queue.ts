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
      const jobs = await read()
      if (jobs === undefined) return
      const open = jobs.filter(({ state }) => state === "queued" || state === "running").length
      for (let missing = JOBS_AT_ONCE - open; missing > 0; missing -= 1) {
        const name = `job-${confirmed.length + 1}`
        const order = JSON.stringify({ agent: "impl", agentArguments: [], headless: true, prompt: name })
        // A statement whose answer was lost may have been carried out: a second one must not queue the job again.
        const statement = `INSERT INTO job ("order", wants, actor) SELECT '${order}', '{}', 'campaign'
          WHERE NOT EXISTS (SELECT 1 FROM job WHERE "order" = '${order}')`
        if ((await ask(statement)) === undefined) return
        confirmed.push(name)
      }
    },
  }
}
