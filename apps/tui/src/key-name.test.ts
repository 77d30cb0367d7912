import { expect, test } from "bun:test"
import { keyName } from "./key-name.ts"

// biome-ignore format: a table
test.each([
  // name,       sequence,  ctrl,  meta,   key
  ["k",          "k",       false, false,  "k"],
  ["k",          "K",       false, false,  "K"],
  ["k",          "\x1bk",   false, true,   undefined],
  ["c",          "\x03",    true,  false,  "ctrl-c"],
  ["return",     "\r",      false, false,  "enter"],
  ["escape",     "\x1b",    false, false,  "esc"],
  ["pagedown",   "\x1b[6~", false, false,  "pgdn"],
  ["space",      " ",       false, false,  "space"],
  ["",           "é",       false, false,  "é"],
  ["f5",         "\x1b[15~", false, false, undefined],
] as const)("%p %j ctrl %p meta %p is %p", (name, sequence, ctrl, meta, expected) => {
  expect(keyName({ name, sequence, ctrl, meta })).toEqual(expected)
})
