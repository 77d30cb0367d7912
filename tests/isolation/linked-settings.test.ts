// Programs in /usr whose settings are links into /etc start in a bottle as outside, and what an
// administrator keeps closed there stays closed.

import { expect, test } from "bun:test"
import { existsSync, realpathSync } from "node:fs"
import { createBwrapBackend, openTestRun, runInBottle, runOnHost } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "./require-isolation.ts"

// biome-ignore format: a table
const PROGRAMS = [
  // program            a link of it into /etc       started
  ["/usr/bin/mvn",      "/usr/share/maven/conf",     ["mvn", "-v"]],
  ["/usr/bin/java",     "/usr/bin/java",             ["java", "-version"]],
  ["/usr/bin/groovy",   "/usr/share/groovy/conf",    ["cat", "/usr/share/groovy/conf/groovy-starter.conf"]],
  ["/usr/bin/awk",      "/usr/bin/awk",              ["awk", "BEGIN { print 6 * 7 }"]],
] as const
/** Links of /usr that lead through /etc to something, and those that every user may follow. */
const LINKED = "find /usr/bin /usr/sbin -type l -lname '/etc/*' -exec test -e {} ';' -print | sort"
const CLOSED = "/etc/ssl/private"

await describeIsolated("what /usr links to in /etc", createBwrapBackend(), () => {
  for (const [program, link, argv] of PROGRAMS)
    test.skipIf(!existsSync(program))(
      `${program} starts in a bottle, with the settings that ${link} leads to`,
      async () => {
        await using run = openTestRun()
        const outside = await runOnHost(argv)
        expect({ exitCode: outside.exitCode, isLinked: await leadsThroughEtc(link) }).toEqual({
          exitCode: 0,
          isLinked: true,
        })
        const { exitCode, stderr } = await runInBottle(createBwrapBackend(), run.plan([...argv]))
        expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" })
        const shown = ["/bin/sh", "-c", `ls -R "$(readlink -f ${link})" | sort`]
        const inside = await runInBottle(createBwrapBackend(), run.plan(shown))
        expect(inside.stdout).toBe((await runOnHost(shown)).stdout)
      },
      60_000,
    )

  test("no program of the system is cut off by a link into /etc", async () => {
    await using run = openTestRun()
    const outside = (await runOnHost(["/bin/sh", "-c", LINKED])).stdout
    expect(outside.split("\n").length).toBeGreaterThan(2)
    expect((await runInBottle(createBwrapBackend(), run.plan(["/bin/sh", "-c", LINKED]))).stdout).toBe(outside)
  })

  test.skipIf(!existsSync(CLOSED))(`${CLOSED}, which /usr links to as well, is not in a bottle`, async () => {
    await using run = openTestRun()
    const look = ["/bin/sh", "-c", `test -e ${CLOSED} && echo there`]
    expect((await runOnHost(look)).stdout).toBe("there\n")
    expect((await runInBottle(createBwrapBackend(), run.plan(look))).stdout).toBe("")
  })
})

/** Some of its links may be in between: `/usr/bin/java` is one to /etc/alternatives. */
async function leadsThroughEtc(link: string): Promise<boolean> {
  const { stdout } = await runOnHost(["/usr/bin/readlink", link])
  return stdout.startsWith("/etc/") && existsSync(realpathSync(link))
}
