import { expect, test } from "bun:test"
import { hostsOfUrl } from "./url-hosts.ts"

// biome-ignore format: a table
test.each([
  // url                                      hosts
  ["https://a.example/x?y#z",                 ["a.example"]],
  ["HTTPS://A.Example",                       ["a.example"]],
  ["https://a.example:443/",                  ["a.example"]],
  ["https://a.example:8443/",                 ["a.example:8443"]],
  ["http://a.example/",                       ["a.example:80"]],
  ["http://a.example:443/",                   ["a.example"]],
  ["https://[::1]/",                          ["[::1]"]],
  ["https://1.2.3.4?x",                       ["1.2.3.4"]],
  ["https://a.example@b.example/",            "anywhere"],
  ["https://a.example\\@b.example/",          "anywhere"],
  ["https://a.example\\.b.example/",          "anywhere"],
  ["https://a.exam\tple/",                    "anywhere"],
  ["https:a.example/",                        "anywhere"],
  ["https:///a.example/",                     "anywhere"],
  [" https://a.example/",                     "anywhere"],
  ["https://ａ.example/",                      "anywhere"],
  ["https://a%2eexample/",                    "anywhere"],
  ["https://a.example:/",                     "anywhere"],
  ["ftp://a.example/",                        "anywhere"],
  ["//a.example/",                            "anywhere"],
  [undefined,                                 "anywhere"],
] as const)("INV-112: the address %j is at %j", (url, hosts) => {
  expect(hostsOfUrl(url)).toEqual(hosts as never)
})
