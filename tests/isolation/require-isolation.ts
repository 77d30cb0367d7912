// Decides whether tests that need a real bottle may run here, and makes the answer loud.
//
// A machine without bubblewrap skips them, visibly and with the reason in the name. Where
// BOT_BOTTLE_REQUIRE_ISOLATION=1 (CI), a missing sandbox is a failing test instead.

import { describe, expect, test } from "bun:test"
import type { Backend } from "@bot-bottle/bottle"

export async function describeIsolated(name: string, backend: Backend, body: () => void): Promise<void> {
  const { usable, findings } = await backend.probe()
  const missing = findings
    .filter(({ ok, isOptional }) => !ok && isOptional !== true)
    .map(({ check, detail, fix }) => `${check}: ${detail}${fix === undefined ? "" : `; fix: ${fix}`}`)
  if (Bun.env["BOT_BOTTLE_REQUIRE_ISOLATION"] === "1") {
    test(`${name}: isolation is available, as BOT_BOTTLE_REQUIRE_ISOLATION asks`, () => {
      expect({ usable, missing: usable ? [] : missing }).toEqual({ usable: true, missing: [] })
    })
  }
  describe.skipIf(!usable)(usable ? name : `${name} (skipped: ${missing.join("; ")})`, body)
}
