import { expect, test } from "bun:test"
import type { GiteaHook } from "@bot-bottle/forge"
import { chooseHook, judgeDelivery } from "./judge-delivery.ts"

const HOOK: GiteaHook = {
  id: 1,
  owner: "repository",
  url: "http://h:8480/",
  isActive: true,
  contentType: "json",
  branchFilter: "",
  events: ["issues", "push"],
}

test("the one webhook that is told of new issues is asked, whatever else there is", () => {
  const others: readonly GiteaHook[] = [
    { ...HOOK, id: 2, events: ["push"] },
    { ...HOOK, id: 3, isActive: false },
    { ...HOOK, id: 4, contentType: "form" },
  ]
  expect(chooseHook([...others, HOOK])).toEqual({ outcome: "chosen", hook: HOOK, url: new URL(HOOK.url) })
})

// biome-ignore format: a table
test.each([
  ["hidden",                                      "only an administrator of the repository can see it"],
  [[],                                            "no webhook receives new issues"],
  [[HOOK, { ...HOOK, id: 2, url: "http://ci/" }], "several webhooks receive new issues: http://h:8480/, http://ci/"],
  [[{ ...HOOK, owner: "organization" }],          "Gitea's API sends none for an organization's webhook"],
  [[{ ...HOOK, events: ["issues"] }],             "it is a push, and http://h:8480/ does not receive every push"],
  [[{ ...HOOK, branchFilter: "release/*" }],      "it is a push, and http://h:8480/ does not receive every push"],
  [[{ ...HOOK, url: "//h" }],                     "invalid address //h"],
] as const)("no webhook is asked: %#", (hooks, why) => {
  expect(chooseHook(hooks)).toMatchObject({ outcome: "none", finding: { state: "note", detail: `not checked: ${why}` } })
})

// biome-ignore format: a table
test.each([
  ["arrived",  "http://h/",           "ok",   undefined],
  ["unsigned", "http://h/",           "fail", "set the webhook's secret"],
  ["path",     "http://h/x",          "fail", "let the webhook's path be /"],
  ["mute",     "http://10.0.0.1:80/", "fail", "ALLOWED_HOST_LIST = external, 10.0.0.1, and restart"],
  ["mute",     "http://[::1]:8480/",  "fail", "ALLOWED_HOST_LIST = external, ::1, and restart"],
] as const)("a delivery that %s at %s: %s", (arrival, url, state, fix) => {
  expect(judgeDelivery(arrival, new URL(url))).toMatchObject({ state, ...(fix === undefined ? {} : { fix: expect.stringContaining(fix) }) })
})
