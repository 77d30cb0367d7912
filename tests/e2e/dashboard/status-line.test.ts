// The status line inside Claude Code: its command, run in a real bottle, shows the label and how
// far the run has come.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { waitFor } from "@bot-bottle/testkit"
import { openEveningHost } from "./evening-host.ts"

test("label, tokens used and left, refusals", async () => {
  await using host = await openEveningHost(2)
  const [, slug = ""] = host.slugs
  await host.order(1, "ask 2")
  await host.order(1, "deny registry.yarnpkg.com")
  const events = Bun.file(join(host.root, "state", slug, "egress", "events.jsonl"))
  await waitFor("the refusal", async () => (await events.text().catch(() => "")).includes("registry"))
  const command = `printf '%s' "$BOT_BOTTLE_LABEL"; s=$(curl -sf -m 5 http://bot-bottle.internal/status) && printf ' · %s' "$s"`
  const { stdout } = await host.run("exec", slug, "--", "/bin/sh", "-c", command)
  expect(stdout).toBe("review #482 · 2k of 6k tokens, 4k left · 1 refusal")
}, 60_000)
