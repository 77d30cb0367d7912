import { describe, expect, test } from "bun:test"
import type { ProviderWindow } from "@bot-bottle/contracts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describeWindows(open: OpenLedgerForTest): void {
  describe("windows of providers", () => {
    test("the newest word on a window stands, whoever writes last; another account's is another window", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      const other = await setting.openAnother()
      const spent = windowOf({ isSpent: true, usedPermille: 1000, resetsAtMs: 9_000, seenAtMs: 200 })
      await ledger.noteWindows([
        windowOf({ usedPermille: 400, seenAtMs: 100 }),
        windowOf({ name: "7d", seenAtMs: 100 }),
      ])
      await other.noteWindows([spent, windowOf({ account: "work", seenAtMs: 150 })])
      await ledger.noteWindows([windowOf({ usedPermille: 500, seenAtMs: 199 })])
      expect(await other.listWindows()).toEqual([
        spent,
        windowOf({ name: "7d", seenAtMs: 100 }),
        windowOf({ account: "work", seenAtMs: 150 }),
      ])
    })
  })
}

function windowOf(change: Partial<ProviderWindow>): ProviderWindow {
  return { provider: "claude", account: "", name: "5h", isSpent: false, seenAtMs: 0, ...change }
}
