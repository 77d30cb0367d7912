import { describe, expect, test } from "bun:test"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const FIRST = "1:1:boot" as ProcessIdentity
const SECOND = "2:2:boot" as ProcessIdentity
const build = (holder: ProcessIdentity) => ({ kind: "label", name: "build", holder }) as const
const alive = () => true
const dead = () => false

export function describeClaims(open: OpenLedgerForTest): void {
  describe("claims", () => {
    test("a living holder keeps its name, is told that it has it, and gives it back; a dead one never blocks", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      expect(await ledger.claim(build(FIRST), alive)).toBe("claimed")
      expect(await ledger.claim(build(FIRST), alive)).toBe("held")
      expect(await ledger.claim(build(SECOND), alive)).toBe("taken")
      await ledger.releaseClaim(build(SECOND))
      expect(await ledger.claim(build(SECOND), alive)).toBe("taken")
      for (const kind of ["apply", "orchestrate"] as const)
        expect(await ledger.claim({ ...build(SECOND), kind }, alive)).toBe("claimed")
      expect(await ledger.claim({ ...build(SECOND), name: "test" }, alive)).toBe("claimed")
      await ledger.releaseClaim(build(FIRST))
      expect(await ledger.claim(build(SECOND), alive)).toBe("claimed")
      expect(await ledger.claim(build(FIRST), dead)).toBe("claimed")
      expect(await ledger.claim(build(SECOND), alive)).toBe("taken")
    })

    test("of many that find a dead holder at once, one gets the name", async () => {
      await using setting = await openSetting(open)
      await setting.ledger.claim(build(FIRST), alive)
      const handles = [setting.ledger, await setting.openAnother(), await setting.openAnother()]
      const isAlive = (process: ProcessIdentity) => process !== FIRST
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          handles[index % 3]?.claim(build(`${index + 10}:1:boot` as ProcessIdentity), isAlive),
        ),
      )
      expect(results.filter((result) => result === "claimed")).toHaveLength(1)
    })

    test("a sweep drops the claims of the dead", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await ledger.claim(build(FIRST), alive)
      await ledger.claim({ ...build(SECOND), name: "test" }, alive)
      await ledger.sweep({ host: ledger.host, isAlive: (process) => process === SECOND })
      expect(await ledger.claim(build(SECOND), alive)).toBe("claimed")
      expect(await ledger.claim({ ...build(FIRST), name: "test" }, alive)).toBe("taken")
    })
  })
}
