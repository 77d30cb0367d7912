// The needs of a developer's programs in a bottle: room in memory files, sanitizers, tools beside
// the usual places.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

const GCC = "/usr/bin/gcc"
const JAVA = "/usr/bin/java"

test("/dev/shm and /var/tmp take 200 MB each, and no more than limits.tmp says", async () => {
  const script =
    "for at in /dev/shm /var/tmp /tmp; do head -c 200000000 /dev/zero >$at/large && stat -c %s $at/large; rm $at/large; done"
  expect(await run(script)).toMatchObject({ exitCode: 0, stdout: "200000000\n".repeat(3) })
  const small = await run(`${script}; true`, "limits: { tmp: 100m }\n")
  expect(small.stdout).toBe("")
  expect(small.stderr).toContain("No space left on device")
}, 60_000)

test("programs in a folder of the operator's search path are found, when the bottle shows it", async () => {
  const known = await run("echo $PATH", "", { PATH: `/usr/share/doc:/nowhere/bin:${Bun.env["PATH"] ?? ""}` })
  expect(known.stdout).toContain(":/usr/share/doc")
  expect(known.stdout).not.toContain("nowhere")
}, 30_000)

test.skipIf(!existsSync(JAVA) && Bun.env["BOT_BOTTLE_REQUIRE_ISOLATION"] !== "1")(
  "a JVM trusts the run's CA by its own store, and says nothing on stderr",
  async () => {
    const store = "$(dirname $(dirname $(readlink -f $(which java))))/lib/security/cacerts"
    const { exitCode, stdout, stderr } = await run(`java -version 2>&1 | head -n 1; cmp ${store} /run/bot-bottle/*.jks`)
    expect({ exitCode, words: stdout, isQuiet: !stderr.includes("Picked up") }).toEqual({
      exitCode: 0,
      words: expect.stringMatching(/^openjdk version /),
      isQuiet: true,
    })
  },
  30_000,
)

test("a policy of the machine makes Chromium trust the run's CA, and no program of the bottle can change it", async () => {
  const policy = "/etc/chromium/policies/managed/bot-bottle.json"
  const script = [
    `tr -d '\\n' </run/bot-bottle/ca.pem | grep -qF "$(sed 's/.*\\["//; s/"\\].*//' ${policy})" && echo the CA`,
    `cut -c 1-19 ${policy}`,
    `for at in ${policy} /etc/chromium/more; do : >>$at && echo written; done`,
  ].join("; ")
  expect((await run(`${script}; true`)).stdout).toBe('the CA\n{"CACertificates":[\n')
}, 30_000)

test.skipIf(!existsSync(GCC) && Bun.env["BOT_BOTTLE_REQUIRE_ISOLATION"] !== "1")(
  "sanitizers run under a memory limit, and fail no program that is correct",
  async () => {
    const source =
      '#include <stdlib.h>\n#include <stdio.h>\nint main(int c, char **v) { char *p = malloc(10); p[c > 1 ? 10 : 0] = 1; puts("ran"); free(p); return 0; }'
    const script = [
      `printf '%s' '${source}' >a.c`,
      "gcc -fsanitize=address -o a a.c",
      "gcc -fsanitize=thread -o t a.c",
      "./a && ./t; ./a x 2>&1 | grep -o -m1 heap-buffer-overflow",
    ].join(" && ")
    const { exitCode, stdout, stderr } = await run(script, "limits: { memory: 4g }\n")
    expect({ exitCode, stdout, stderr: exitCode === 0 ? "" : stderr }).toEqual({
      exitCode: 0,
      stdout: "ran\nran\nheap-buffer-overflow\n",
      stderr: "",
    })
  },
  60_000,
)

test("over its memory limit the largest process ends, by whatever many it was filled, and the run says so", async () => {
  const hog = 'my @held; push @held, "x" x 4_000_000 while 1'
  const { exitCode, stdout, stderr } = await run(
    `perl -e '${hog}'; echo hog: $?; (perl -e '${hog}'; perl -e '${hog}') & perl -e '${hog}'; wait; echo alive`,
    "limits: { memory: 200m }\n",
  )
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "hog: 137\nalive\n" })
  expect(stderr).toMatch(/processes were ended over the memory limit of the bottle|process was ended/)
}, 60_000)

async function run(script: string, extra = "", env: Readonly<Record<string, string>> = {}) {
  await using host = await openCliHost({ env })
  await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", script], extra))
  await host.write("agents/impl.md", agentIn("dev"))
  const start = [...CLI, "start", "impl", "--headless", "--prompt", "x"]
  return await runProgram(start, { cwd: host.cwd, env: host.env, deadlineMs: 50_000 })
}
