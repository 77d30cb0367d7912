import { expect, test } from "bun:test"
import { SELF_TEST_CHECKS } from "@bot-bottle/guest"
import { isolationRows } from "./isolation-rows.ts"

test("every check is a row, and each that fails has the command that fixes it", () => {
  for (const backend of ["bwrap", "docker"]) {
    const findings = SELF_TEST_CHECKS.map((check) => ({ check, expected: "closed", seen: "open", ok: check === "DNS" }))
    const rows = isolationRows(backend, { outcome: "tried", findings })
    expect(rows.map(({ backend, name, ok, fix }) => [backend, name, ok, fix !== null])).toEqual(
      SELF_TEST_CHECKS.map((check) => [backend, check, check === "DNS", check !== "DNS"]),
    )
  }
})

test("a bottle that could not try is one row that failed, in its own words", () => {
  const detail = "No isolation available: bwrap: no"
  expect(isolationRows("bwrap", { outcome: "not-tried", detail, fix: "apt-get install bubblewrap" })).toEqual([
    {
      backend: "bwrap",
      name: "bottle",
      expected: "started",
      seen: detail,
      ok: false,
      fix: "apt-get install bubblewrap",
    },
  ])
  expect(isolationRows("bwrap", { outcome: "not-tried", detail, fix: undefined })[0]?.fix).toBe("bot-bottle doctor")
})
