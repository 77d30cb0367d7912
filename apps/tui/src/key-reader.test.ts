import { describe, expect, test } from "bun:test"
import { openTestCanvas } from "./testing/index.ts"

const CHUNK_SIZES = [1, 2, 7, 64, 4_096]

describe("Escape and what comes behind it in the same packet are two", () => {
  // biome-ignore format: a table
  test.each([
    ["\x1bj",                       ["esc", "j"]],
    ["\x1bK",                       ["esc", "K"]],
    ["\x1bf\x1bb\x1bF",             ["esc", "f", "esc", "b", "esc", "F"]],
    ["\x1b1",                       ["esc", "1"]],
    ["\x1b/is:cut",                 ["esc", "/", "i", "s", ":", "c", "u", "t"]],
    ["\x1b?",                       ["esc", "?"]],
    ["\x1b ",                       ["esc", "space"]],
    ["\x1b\r",                      ["esc", "enter"]],
    ["\x1b\t",                      ["esc", "tab"]],
    ["\x1b\x7f",                    ["esc", "backspace"]],
    ["\x1b\x03",                    ["esc", "ctrl-c"]],
    ["\x1b\x0c",                    ["esc", "ctrl-l"]],
    ["j\x1bk\x1bq",                 ["j", "esc", "k", "esc", "q"]],
    ["\x1b\x1bj",                   ["esc", "esc", "j"]],
    ["\x1b\x1b[A",                  ["esc", "up"]],
    ["\x1b\x1bOB",                  ["esc", "down"]],
    ["\x1b\x1b\x1b[6~j",            ["esc", "esc", "pgdn", "j"]],
    ["\x1b\x1b[<0;10;7M",           ["esc", "click 9 6"]],
    ["\x1b\x1b[<65;10;7M",          ["esc", "scroll down"]],
    ["\x1b\x1b[I",                  ["esc"]],
    ["\x1b\x1b[200~qéx\x1b[201~j",  ["esc", "paste qéx", "j"]],
    ["\x1b\x1b[200~a\x1b\x1b[Bb\x1b[201~", ["esc", "paste a\x1b\x1b[Bb"]],
  ])("%j is %p", async (bytes, expected) => {
    for (const size of CHUNK_SIZES) expect(await happened(bytes, size)).toEqual(expected)
  })
})

describe("a sequence that is one key, or none, stays as it is", () => {
  // biome-ignore format: a table
  test.each([
    ["\x1b[A\x1b[B",                ["up", "down"]],
    ["\x1bOA\x1bOM",                ["up", "enter"]],
    ["\x1b[1;3A",                   ["up"]],
    ["\x1b[5~\x1b[1~\x1b[Z",        ["pgup", "home", "tab"]],
    ["\x1b[27;3;106~",              []],
    ["\x1b[I\x1b[Oj",               ["j"]],
    ["\x1b[<0;10;7Mj",              ["click 9 6", "j"]],
    ["\x1b[<64;10;7M",              ["scroll up"]],
    ["\x1b[200~q\x1bjx\x1b[201~k",  ["paste q\x1bjx", "k"]],
    ["\x1b]11;rgb:ffff/ffff/ffff\x1b\\j", ["j"]],
    ["\x1bP>|term 1\x1b\\j",        ["j"]],
    ["\x1b[?62;22cj",               ["j"]],
    ["éj한",                        ["é", "j", "한"]],
  ])("%j is %p", async (bytes, expected) => {
    for (const size of CHUNK_SIZES) expect(await happened(bytes, size)).toEqual(expected)
  })
})

describe("half a character presses nothing", () => {
  // The library reports each of these bytes as Escape and a key: C3 83 would be Escape and Ctrl-C.
  test.each([
    // bytes, events
    [[0xc3, 0x6a], ["j"]],
    [[0x83, 0x6a], ["j"]],
    [[0xed, 0x95, 0x6a], ["j"]],
    [
      [0x1b, 0xc3, 0x83, 0x6a],
      ["esc", "j"],
    ],
    [
      [0x1b, 0xed, 0x95, 0x9c, 0x6a],
      ["esc", "j"],
    ],
    [
      [0xc3, 0x1b, 0x6a],
      ["esc", "j"],
    ],
    [
      [0xc3, 0xa9, 0x1b, 0x29],
      ["é", "esc", ")"],
    ],
  ] as const)("%p", async (bytes, expected) => {
    for (const size of CHUNK_SIZES) expect(await happened(Uint8Array.from(bytes), size)).toEqual([...expected])
  })
})

describe("keys that begin like a sequence are keys when nothing follows them", () => {
  test.each([
    // bytes, keys
    ["\x1b", ["esc"]],
    ["\x1b\x1b", ["esc", "esc"]],
    ["\x1bO", ["esc", "O"]],
    ["\x1b[", ["esc", "["]],
    ["\x1bP", ["esc", "P"]],
  ])("%j is %p", async (bytes, expected) => {
    await using screen = await openScreen()
    screen.send(new TextEncoder().encode(bytes))
    while (screen.events.length < expected.length) await Bun.sleep(1)
    expect(screen.events).toEqual(expected)
  })
})

async function happened(bytes: string | Uint8Array, size: number): Promise<readonly string[]> {
  await using screen = await openScreen()
  const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes
  // At once: no timeout of the library ends between two packets.
  for (let from = 0; from < all.length; from += size) screen.send(all.subarray(from, from + size))
  return [...screen.events]
}

async function openScreen() {
  const events: string[] = []
  const screen = await openTestCanvas({
    columns: 80,
    rows: 24,
    theme: "dark",
    events: {
      onKey: (key) => void events.push(key),
      onPaste: (text) => void events.push(`paste ${text}`),
      onClick: (column, row) => void events.push(`click ${column} ${row}`),
      onScroll: (direction) => void events.push(`scroll ${direction}`),
    },
  })
  await screen.renderOnce()
  return { events, send: screen.send, [Symbol.asyncDispose]: () => screen[Symbol.asyncDispose]() }
}
