// The main job in a container: the real Claude Code, through the real proxy, metered to the token.

import { expect, test } from "bun:test"
import { DOCKER } from "@bot-bottle/bottle/testing"
import { readJson } from "@bot-bottle/testkit"
import { INSTALL_MS, openAgentHost } from "../agents/agent-host.ts"
import { describeIsolated } from "./require-isolation.ts"

await describeIsolated("docker, the real Claude Code", DOCKER.create(), () => {
  test(
    "its own usage equals the ledger's row and the provider's bill",
    async () => {
      const env = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
      await using host = await openAgentHost({ agent: "claude", hosts: ["api.anthropic.com"], env })
      const prompt = ["--headless", "--prompt", "say hi", "--", "--output-format", "json"]
      const run = await host.run("start", "implementer", "--backend", "docker", ...prompt)
      expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
        exitCode: 0,
        stderr: expect.stringContaining("session ended (exit 0)"),
      })

      const { usage } = readJson(run.stdout, { usage: { input_tokens: "number", output_tokens: "number" } })
      const bill = host.standIn.bill.map((entry) => entry.usage)
      const { rows } = (await host.json("usage")) as {
        rows: { requests: number; input_tokens: number; output_tokens: number }[]
      }
      const billed = {
        input_tokens: bill.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
        output_tokens: bill.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
      }
      expect(bill.length).toBeGreaterThan(0)
      expect(rows).toEqual([expect.objectContaining({ requests: bill.length, ...billed })])
      expect(usage).toMatchObject(billed)
    },
    INSTALL_MS + 60_000,
  )
})
