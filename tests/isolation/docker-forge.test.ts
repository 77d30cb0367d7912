// A forge run in a container: the `forge` command reaches the run's sidecar through the proxy, as in a
// bottle of bubblewrap, and holds no credential either.

import { expect, test } from "bun:test"
import { DOCKER } from "@bot-bottle/bottle/testing"
import { openForgeHost } from "../e2e/forge/forge-host.ts"
import { describeIsolated } from "./require-isolation.ts"

const ENGINE = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
const AGENT = `
forge read-issue 1
if printf elsewhere | forge comment 500 --body-file -; then exit 9; fi
printf 'green' | forge comment 1 --body-file - >/dev/null
env | grep -c -e FORGE_ -e 4f1c7a9be2d0 || true
forge done success green
`

await describeIsolated("docker, a forge run", DOCKER.create(), () => {
  test("the agent reads, comments, is refused elsewhere and signals; the summary is posted", async () => {
    await using host = await openForgeHost(AGENT, { settings: "backend: docker\n", env: ENGINE })
    const { number } = host.addIssue()
    const run = await host.cli.run(
      "orchestrate",
      "start",
      "--agent",
      "fixer",
      "--issue",
      `${number}`,
      "--prompt",
      "work",
    )
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("posted the summary to #1")])
    expect(run.stdout).toContain("please make it green")
    expect(run.stdout).toMatch(/^0\nsignalled$/m)
    const [own, summary] = host.gitea.world.issues.get(number)?.comments ?? []
    expect(own?.body).toStartWith("green\n\n<!-- bot-bottle run=")
    expect(summary?.body).toContain("- refused comment to #\u200d500: out of assigned scope")
  })
})
