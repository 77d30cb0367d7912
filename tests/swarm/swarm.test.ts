// The recipe of docs/fleet.md for a Docker Swarm, run as it is written there, in an engine and a
// network of the stage's own: `npm test -- docker tests/swarm`.

import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { commandsBelow, type Job, openSite, podCapabilities, type Site } from "./swarm-site.ts"

const TASKS_MS = 100_000
/** A lease, a look at the queue, and the start of a run on a busy machine. */
const TAKEOVER_MS = 10_000 + 8_000

test("the Swarm recipe: jobs are done by its tasks, and one whose container was killed is taken over; the Kubernetes recipe's container holds a bottle", async () => {
  await using site = await openSite()
  await site.build()
  await site.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
  try {
    const ran = await site.shell(site.localized(commandsBelow("Docker Swarm")))
    expect({ exitCode: ran.exitCode, error: ran.stderr }).toMatchObject({ exitCode: 0 })
    await untilRunning(site, "bot-bottle-worker", 2)
    await doneByTheService(site)
    await takenOver(site)
    await completedByJobs(site)
    await heldInAPod(site)
  } finally {
    await site.docker("swarm", "leave", "--force")
  }
  const left = () => site.docker("ps", "--all", "--quiet")
  await waitFor("the containers to go", async () => (await left()) === "", { deadlineMs: TASKS_MS })
  await site.docker("volume", "rm", "bot-bottle-1", "bot-bottle-2")
  expect(await site.docker("volume", "ls", "--quiet")).toBe("")
}, 420_000)

async function doneByTheService(site: Site): Promise<void> {
  await queue(site, "short")
  const job = await untilJob(site, ({ state }) => state !== "queued" && state !== "running")
  expect([job.state, job.exit_code, job.error, job.attempts]).toEqual(["done", 7, null, 1])
  expect(site.standIn.bill).toHaveLength(1)
  expect(await site.connections()).toMatch(/^bot\|t\|TLSv1\.[23]$/)
  const { rows } = JSON.parse((await site.operator("usage", "--by", "host", "--json")).stdout)
  expect(rows).toMatchObject([{ host: job.host, requests: 1 }])
}

async function takenOver(site: Site): Promise<void> {
  await queue(site, "long")
  const { host, slug, id } = await untilJob(site, ({ slug }) => slug !== null)
  const [, slot] = /-(\d+)-[^-]+$/.exec(host ?? "") ?? []
  const dying = await site.docker("ps", "--quiet", "--filter", `name=bot-bottle-worker.${slot}.`)
  await site.docker("kill", "--signal", "KILL", dying)
  const killedAtMs = performance.now()
  const again = await untilJob(site, ({ attempts, slug }) => attempts === 2 && slug !== null)
  expect(performance.now() - killedAtMs).toBeLessThan(TAKEOVER_MS)
  expect([again.id, again.slug === slug]).toEqual([id, false])

  const done = await untilJob(site, ({ state }) => state !== "running")
  expect([done.state, done.exit_code, done.attempts]).toEqual(["done", 7, 2])
  await untilRunning(site, "bot-bottle-worker", 2)
  const tasks = await site.docker("service", "ps", "bot-bottle-worker", "--format", "{{.CurrentState}}")
  expect(tasks.split("\n").filter((state) => state.startsWith("Failed"))).toHaveLength(1)
  expect(site.standIn.bill).toHaveLength(3)
}

/** The recipe's other form: its tasks do a job each and are complete. */
async function completedByJobs(site: Site): Promise<void> {
  await site.docker("service", "rm", "bot-bottle-worker")
  await waitFor("the service's end", async () => (await workers(site)) === 0, { deadlineMs: TASKS_MS })
  for (const prompt of ["one", "two"]) await queue(site, prompt)
  const ran = await site.shell(
    site
      .localized(commandsBelow("Docker Swarm"))
      .split("\n")
      .filter((line) => /^(export|sh) /.test(line))
      .join("\n")
      .replace(" service ", " job "),
  )
  expect({ exitCode: ran.exitCode, error: ran.stderr }).toMatchObject({ exitCode: 0 })
  await waitFor(
    "the tasks to complete",
    async () =>
      (await site.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}")) ===
      "bot-bottle-job 0/2 (2/2 completed)",
    { deadlineMs: TASKS_MS },
  )
  const jobs = (await site.jobs()).slice(0, 2)
  expect(jobs.map(({ state, exit_code, attempts }) => [state, exit_code, attempts])).toEqual([
    ["done", 7, 1],
    ["done", 7, 1],
  ])
  expect(new Set(jobs.map(({ host }) => host)).size).toBe(2)
}

/** As a pod has it: the capabilities of the Kubernetes recipe are enough for the image, and for a bottle. */
async function heldInAPod(site: Site): Promise<void> {
  const { drop, add } = podCapabilities()
  const flags = [...drop.map((name) => `--cap-drop ${name}`), ...add.map((name) => `--cap-add ${name}`)].join(" ")
  const address = site.localized("postgres://bot@db.example:5432/ledger?sslrootcert=/etc/ssl/db-ca.pem")
  const pod = (authority: string, command: string) =>
    site.shell(
      `docker run --rm ${flags} -e BOT_BOTTLE_LEDGER='${address}' -v '${authority}:/etc/ssl/db-ca.pem:ro' \
        -v "$HOME/.pgpass:/run/secrets/bot-bottle-pgpass:ro" registry.example/bot-bottle:1 ${command}`,
    )
  expect(await pod(site.authority, "doctor --probe")).toMatchObject({ exitCode: 0 })
  expect(await pod(site.authority, "worker --jobs --json")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('"state": "done"'),
  })
  // INV-33: the same with an authority that has not signed the database's certificate.
  expect(await pod(site.stranger, "worker --jobs --json")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("certificate"),
  })
}

async function queue(site: Site, prompt: string): Promise<void> {
  const { exitCode, stderr } = await site.operator(
    "start",
    "impl",
    "--headless",
    "--prompt",
    prompt,
    "--enqueue",
    "--wants",
    "pool=swarm",
  )
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("queued")])
}

/** The newest job, once it is as wanted. */
async function untilJob(site: Site, isWanted: (job: Job) => boolean): Promise<Job> {
  let seen: Job | undefined
  const find = async () => {
    seen = (await site.jobs())[0]
    return seen !== undefined && isWanted(seen) ? seen : undefined
  }
  try {
    return await waitFor("the job", find, { deadlineMs: TASKS_MS })
  } catch (error) {
    const said = await site.shell("docker service logs bot-bottle-worker 2>&1 | tail -40")
    throw new Error(`${JSON.stringify(seen)}\n${said.stdout}`, { cause: error })
  }
}

async function untilRunning(site: Site, service: string, tasks: number): Promise<void> {
  await waitFor(
    "the tasks",
    async () =>
      (await site.docker("service", "ls", "--filter", `name=${service}`, "--format", "{{.Replicas}}")) ===
      `${tasks}/${tasks}`,
    { deadlineMs: TASKS_MS },
  )
}

async function workers(site: Site): Promise<number> {
  const listed = await site.docker("ps", "--all", "--quiet", "--filter", "name=bot-bottle-worker")
  return listed === "" ? 0 : listed.split("\n").length
}
