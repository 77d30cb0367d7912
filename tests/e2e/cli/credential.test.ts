// The real key is nowhere the agent, another process of the host or a later reader could find
// it: looked for everywhere, with a positive control that the looking works.

import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { agentIn, openCliHost, scriptBottle } from "./cli-host.ts"

/** Of this run alone: the search reads every process of the host, other tests' included. */
const REAL_KEY = `sk-ant-api03-of-this-test-${crypto.randomUUID()}`

/** Kept out of the script as one string, or the search would find its own needle. */
const [HEAD, TAIL] = [REAL_KEY.slice(0, 20), REAL_KEY.slice(20)]

const SEARCH = `
  const { readdirSync, readFileSync, lstatSync } = await import("node:fs");
  const needles = [${JSON.stringify(HEAD)} + ${JSON.stringify(TAIL)}, "marker-that-" + "is-here"];
  const found = [[], []];
  const look = (path) => {
    let text; try { text = readFileSync(path, "latin1") } catch { return }
    needles.forEach((needle, index) => { if (text.includes(needle)) found[index].push(path) });
  };
  const walk = (folder) => {
    let entries; try { entries = readdirSync(folder, { withFileTypes: true }) } catch { return }
    for (const entry of entries) {
      const path = folder + "/" + entry.name;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && lstatSync(path).size < 4e6) look(path);
    }
  };
  await Bun.write("${GUEST.home}/control.txt", needles[1]);
  await (await ask()).text();
  for (const folder of ["${GUEST.home}", "/tmp", "/run", "/etc", "/opt", "/var/tmp", "/dev/shm"]) walk(folder);
  for (const pid of readdirSync("/proc").filter((name) => Number(name) > 0)) {
    for (const file of ["environ", "cmdline", "maps"]) look("/proc/" + pid + "/" + file);
  }
  console.log("FOUND " + JSON.stringify(found));
  for await (const line of console) break;
`

test("INV-41: the real key reaches the provider and is found nowhere else", async () => {
  await using host = await openCliHost({ env: { BOT_TEST_PADDING: "x", ANTHROPIC_API_KEY: REAL_KEY } })
  await host.write("bottles/dev.md", scriptBottle(SEARCH, "egress: { log: 2 }\n"))
  await host.write("agents/impl.md", agentIn("dev"))
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  const [, json = ""] = await program.untilStdout(/FOUND (.*)/)
  const [key, control] = JSON.parse(json)
  expect({ key, control }).toEqual({ key: [], control: [`${GUEST.home}/control.txt`] })

  // On the host, while it runs: argv and environment of everything but the operator's own launcher.
  const shown = processTexts()
  expect(shown.filter(({ pid, text }) => pid !== program.pid && text.includes(REAL_KEY))).toEqual([])
  expect(shown.some(({ pid, text }) => pid === program.pid && text.includes(REAL_KEY))).toBe(true)

  program.closeStdin()
  const result = await program.result
  expect(result.stdout + result.stderr).not.toContain(REAL_KEY)
  expect(filesWith(host.root, REAL_KEY)).toEqual([])
  expect(filesWith(host.root, "marker-that-is-here").map((path) => path.split("/").at(-1))).toEqual(["control.txt"])
  expect(host.standIn.received.map(({ headers }) => headers["x-api-key"])).toEqual([REAL_KEY])
})

/** Environment and command line of every process below this test. */
function processTexts(): readonly { readonly pid: number; readonly text: string }[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .map((pid) => ({ pid, text: readQuietly(`/proc/${pid}/environ`) + readQuietly(`/proc/${pid}/cmdline`) }))
}

function filesWith(folder: string, needle: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, "latin1").includes(needle))
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    // Gone meanwhile, or another user's.
    return ""
  }
}
