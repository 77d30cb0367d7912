import { expect, test } from "bun:test"
import { packingsOf, readContentCodings } from "./content-codings.ts"

// biome-ignore format: a table
test.each([
  // as sent                codings
  [undefined,               { kind: "plain" }],
  ["",                      { kind: "plain" }],
  ["identity",              { kind: "plain" }],
  ["UTF-8",                 { kind: "plain" }],
  ["amz-1.0",               { kind: "plain" }],
  ["gzip",                  { kind: "packed", codings: "gzip", isFramed: false }],
  ["X-GZip",                { kind: "packed", codings: "x-gzip", isFramed: false }],
  ["gzip, br",              { kind: "packed", codings: "gzip, br", isFramed: false }],
  ["utf-8, gzip",           { kind: "packed", codings: "gzip", isFramed: false }],
  ["aws-chunked",           { kind: "packed", codings: "", isFramed: true }],
  ["gzip,aws-chunked",      { kind: "packed", codings: "gzip", isFramed: true }],
  ["aws-chunked, gzip",     { kind: "packed", codings: "gzip", isFramed: true }],
  ["gzip, br, zstd",        { kind: "unknown" }],
  ["compress",              { kind: "unknown" }],
  ["aes128gcm",             { kind: "unknown" }],
  ["gzip, exi",             { kind: "unknown" }],
] as const)("%j is read as %j", (sent, codings) => {
  expect(readContentCodings(sent)).toEqual(codings)
})

// biome-ignore format: a table
test.each([
  [undefined,          ""],
  ["identity, utf-8",  ""],
  ["none",             ""],
  ["utf-8, GZIP",      "gzip"],
  ["gzip, br",         "gzip, br"],
  ["aws-chunked",      undefined],
  ["compress",         undefined],
] as const)("of %j, %j is to be undone", (sent, packings) => {
  expect(packingsOf(sent)).toBe(packings)
})
