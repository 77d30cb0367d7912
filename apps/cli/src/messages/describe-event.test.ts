import { expect, test } from "bun:test"
import type { HostId } from "@bot-bottle/contracts"
import { describeChange, describeEvent } from "./describe-event.ts"

// biome-ignore format: a table
test.each([
  [{ kind: "routes" },                                              "the routes have changed"],
  [{ kind: "policy", now: "kill", was: "freeze" },                  "shutdown is now kill, and was freeze"],
  [{ kind: "toolchain", provider: "acme", was: "1.2.3", now: "1.3.0" },
   "acme was version 1.2.3, and is now version 1.3.0"],
  [{ kind: "toolchain", provider: "acme", was: "1.2.3", now: undefined },
   "acme was version 1.2.3, and is now a program of the system"],
  [{ kind: "toolchain", provider: "acme", was: undefined, now: "1.3.0" },
   "acme was a program of the system, and is now version 1.3.0"],
] as const)("describeChange: %j is %j", (change, line) => {
  expect(describeChange(change)).toBe(line)
})

// biome-ignore format: a table
test.each([
  [{ kind: "label-taken", label: "fix", given: "fix-2" },           ["label 'fix' is taken; this run is 'fix-2'"]],
  [{ kind: "run-started", slug: "x-00000", isResumed: true },       ["run x-00000 resumed"]],
  [{ kind: "agent-started", slug: "x-00000" },                      []],
  [{ kind: "set-aside", path: "workspace.1" },                      ["something of the agent's stood in the way and is now ~/workspace.1 of its bottle"]],
  [{ kind: "host-wait", host: "b-00000" as HostId, slug: "x-00000", action: "kill" },
                                                                    ["waiting for b-00000 to kill x-00000"]],
  [{ kind: "host-wait", host: "b-00000" as HostId, slug: "x-00000", action: "cutoff", silentMs: 600_000 },
                                                                    ["b-00000 was last seen 10m ago; waiting a few seconds for it to cut off x-00000"]],
  [{ kind: "proxy-stderr", line: "late" },                          ["proxy: late"]],
] as const)("describeEvent: %j is %j", (event, lines) => {
  expect(describeEvent(event)).toEqual([...lines])
})
