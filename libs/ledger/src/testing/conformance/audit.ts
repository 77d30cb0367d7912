import { describe, expect, test } from "bun:test"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describeAudit(open: OpenLedgerForTest): void {
  describe("audit", () => {
    test("an empty trail is intact", async () => {
      await using setting = await openSetting(open)
      expect(await setting.ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 0 })
    })

    test("INV-32: rows come back as they were written, each linked to the one before", async () => {
      await using setting = await openSetting(open)
      const { ledger, clock, slug } = setting
      const detail = { z: 1, a: { y: [1, "ü", null], b: true } }
      await ledger.appendAudit({ slug, kind: "forge-comment", actor: "sidecar", detail })
      clock.nowMs += 7
      await ledger.appendAudit({ slug: "", kind: "dlp-release", actor: "operator", detail: {} })
      const rows = await ledger.listAudit()
      const [first, second] = rows
      expect(rows).toMatchObject([
        {
          seq: 1,
          atMs: clock.nowMs - 7,
          slug,
          kind: "forge-comment",
          actor: "sidecar",
          detail,
          prevHash: "0".repeat(64),
        },
        {
          seq: 2,
          atMs: clock.nowMs,
          slug: "",
          kind: "dlp-release",
          actor: "operator",
          detail: {},
          prevHash: first?.hash ?? "",
        },
      ])
      expect(second?.hash).toMatch(/^[0-9a-f]{64}$/)
      expect(await ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 2 })
    })

    test("INV-32: rows appended by several handles at once make one chain", async () => {
      await using setting = await openSetting(open)
      const handles = [setting.ledger, await setting.openAnother(), await setting.openAnother()]
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          handles[index % 3]?.appendAudit({ slug: "", kind: "test", actor: "a", detail: { index } }),
        ),
      )
      expect(await setting.ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 60 })
      expect((await setting.ledger.listAudit()).map((row) => row.seq)).toEqual(
        Array.from({ length: 60 }, (_, i) => i + 1),
      )
    })
  })
}
