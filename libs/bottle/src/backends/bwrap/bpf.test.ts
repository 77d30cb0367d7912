import { expect, test } from "bun:test"
import { assembleBpf, type BpfLine } from "./bpf.ts"

test("assembleBpf writes the kernel's sock_filter layout, little-endian", () => {
  const program = assembleBpf([
    { op: "load", offset: 4 },
    { op: "jump-if", test: "equal", value: 0xc000003e, to: "end" },
    { op: "return", value: 0x80000000 },
    { op: "label", name: "end" },
    { op: "return", value: 0x7fff0000 },
  ])
  expect(Buffer.from(program).toString("hex").match(/.{16}/g)).toEqual([
    "2000000004000000",
    "150001003e0000c0",
    "0600000000000080",
    "060000000000ff7f",
  ])
})

test.each([
  ["an unknown label", [{ op: "jump", to: "nowhere" }], "Unknown label nowhere"],
  [
    "a jump backwards",
    [
      { op: "label", name: "top" },
      { op: "jump", to: "top" },
    ],
    "behind",
  ],
  [
    "a conditional jump too far",
    [
      { op: "jump-if", test: "equal", value: 0, to: "far" },
      ...Array.from({ length: 300 }, (): BpfLine => ({ op: "return", value: 0 })),
      { op: "label", name: "far" },
    ],
    "300 instructions away",
  ],
] as const)("assembleBpf refuses %s", (_what, lines, message) => {
  expect(() => assembleBpf(lines as readonly BpfLine[])).toThrow(message)
})
