import { expect, test } from "bun:test"
import { parseSettings } from "../settings.ts"

// biome-ignore format: a table
test.each([
  // notify                                    target
  ["[notify-send, a question]",                { kind: "command", argv: ["notify-send", "a question"] }],
  ["[/usr/local/bin/ask-me]",                  { kind: "command", argv: ["/usr/local/bin/ask-me"] }],
  ["https://hooks.example/T0/B0?k=1",          { kind: "webhook", url: "https://hooks.example/T0/B0?k=1" }],
  ["http://localhost:8080/x",                  { kind: "webhook", url: "http://localhost:8080/x" }],
  ["http://127.0.0.1:8080/",                   { kind: "webhook", url: "http://127.0.0.1:8080/" }],
  ['"http://[::1]:8080/"',                     { kind: "webhook", url: "http://[::1]:8080/" }],
] as const)("notify: %s", (text, target) => {
  expect(parse(text)).toEqual(target)
})

// biome-ignore format: a table
test.each([
  // notify                                    problem
  ["http://hooks.example/T0-secret",           "sends tokens, so it must be https:// (http:// is for this host only)"],
  ["http://127.0.0.1.evil.example/",           "sends tokens, so it must be https:// (http:// is for this host only)"],
  ["ftp://hooks.example/",                     "must be a list of words or an https:// address"],
  ["notify-send",                              "must be a list of words or an https:// address"],
  ["{ url: x }",                               "must be a list of words or an https:// address"],
  ["[]",                                       "must name a program"],
  ['[""]',                                     "must name a program"],
  ["[./ask.sh]",                               "must name its program by an absolute path, or by a name in PATH"],
  ["[bin/ask]",                                "must name its program by an absolute path, or by a name in PATH"],
] as const)("notify: %s is refused, and a secret in it is not shown", (text, problem) => {
  expect(parse(text)).toEqual([`'notify' ${problem}`])
})

function parse(text: string) {
  const result = parseSettings(`notify: ${text}\n`, { file: "settings.yml", providers: ["claude"] })
  return result.outcome === "parsed" ? result.settings.notify : result.problems.map(({ message }) => message)
}
