import { expect, test } from "bun:test"
import { readOwnTarget } from "./own-target.ts"

// biome-ignore format: a table
test.each([
  // request line                                              addresses and port            origin form
  ["GET http://localhost:8099/a?b#c HTTP/1.1\r",               "127.0.0.1 ::1 8099",         "/a?b"],
  ["GET http://LOCALHOST:8099/ HTTP/1.1",                      "127.0.0.1 ::1 8099",         "/"],
  ["GET http://localhost.:8099 HTTP/1.1",                      "127.0.0.1 ::1 8099",         "/"],
  ["GET http://app.localhost:8099/x HTTP/1.1",                 "127.0.0.1 ::1 8099",         "/x"],
  ["GET http://localhost?q HTTP/1.1",                          "127.0.0.1 ::1 80",           "/?q"],
  ["POST http://0.0.0.0:8099/x HTTP/1.0",                      "127.0.0.1 ::1 8099",         "/x"],
  ["GET http://0:8099/x HTTP/1.1",                             "127.0.0.1 ::1 8099",         "/x"],
  ["GET http://127.0.0.1:80/x HTTP/1.1",                       "127.0.0.1 80",               "/x"],
  ["GET http://127.3.2.1:1/x HTTP/1.1",                        "127.3.2.1 1",                "/x"],
  ["GET http://127.1:8099/x HTTP/1.1",                         "127.0.0.1 8099",             "/x"],
  ["GET http://2130706433:8099/x HTTP/1.1",                    "127.0.0.1 8099",             "/x"],
  ["GET http://[::1]:8099/x HTTP/1.1",                         "::1 8099",                   "/x"],
  ["GET http://[::]:8099/x HTTP/1.1",                          "127.0.0.1 ::1 8099",         "/x"],
  ["GET http://[::ffff:127.0.0.9]:8099/x HTTP/1.1",            "127.0.0.9 8099",             "/x"],
  ["GET http://bottle:8099/x HTTP/1.1",                        "127.0.0.1 ::1 8099",         "/x"],
  ["CONNECT localhost:8443 HTTP/1.1\r",                        "127.0.0.1 ::1 8443",         ""],
  ["CONNECT [::1]:80 HTTP/1.1",                                "::1 80",                     ""],
] as const)("%j is for the bottle itself", (line, place, originForm) => {
  const found = readOwnTarget(line, "bottle")
  expect([[...(found?.addresses ?? []), found?.port].join(" "), found?.originForm]).toEqual([place, originForm])
})

// biome-ignore format: a table
test.each([
  ["GET http://example.com/ HTTP/1.1"],
  ["GET http://localhost.example.com/ HTTP/1.1"],
  ["GET http://notlocalhost:8099/ HTTP/1.1"],
  ["GET http://localhost@example.com/ HTTP/1.1"],
  ["GET http://bottle.example.com/ HTTP/1.1"],
  ["GET http://128.0.0.1/ HTTP/1.1"],
  ["GET http://10.0.0.1/ HTTP/1.1"],
  ["GET http://[::2]/ HTTP/1.1"],
  ["GET http://[::ffff:10.0.0.1]/ HTTP/1.1"],
  ["GET https://localhost:8099/ HTTP/1.1"],
  ["GET /x HTTP/1.1"],
  ["CONNECT example.com:443 HTTP/1.1"],
  ["CONNECT localhost HTTP/1.1"],
  ["CONNECT http://localhost:80 HTTP/1.1"],
  ["GET http://localhost:99999999/ HTTP/1.1"],
  [""],
] as const)("%j is the host's to judge", (line) => {
  expect(readOwnTarget(line, "bottle")).toBeUndefined()
})
