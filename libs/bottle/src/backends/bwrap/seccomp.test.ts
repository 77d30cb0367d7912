import { expect, test } from "bun:test"
import { ALLOWED_CALLS } from "../../syscalls/allowed-syscalls.ts"
import { ARCHITECTURES, GUARDED_CALLS, REFUSED_CALLS } from "../../syscalls/syscalls.ts"
import { runBpf } from "../../testing/bpf-machine.ts"
import { seccompProgram } from "./seccomp.ts"

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const errno = (number: number) => 0x00050000 + number
const [EPERM, ENOSYS, EAFNOSUPPORT] = [errno(1), errno(38), errno(97)]
const AUDIT = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const

// By hand, from the kernel's tables: a row lost from ours must show.
const MUST_BE_REFUSED = {
  x86_64: [
    101, 155, 161, 165, 166, 167, 175, 246, 248, 249, 250, 298, 304, 308, 310, 311, 313, 320, 321, 323, 425, 426, 427,
    428, 429, 430, 431, 432, 433, 435, 438, 442, 467,
  ],
  aarch64: [
    117, 39, 40, 41, 51, 104, 105, 217, 218, 219, 241, 265, 268, 270, 271, 273, 280, 282, 294, 425, 426, 427, 428, 429,
    430, 431, 432, 433, 435, 438, 442, 467,
  ],
} as const

for (const architecture of ARCHITECTURES) {
  const program = seccompProgram(architecture)
  const verdict = (number: number, args: readonly number[] = [], from: number = AUDIT[architecture]) =>
    runBpf(program, { number, architecture: from, args })

  test(`INV-61: ${architecture}: every call of the tables has its answer, and no other number is a call`, () => {
    for (const call of REFUSED_CALLS) {
      const number = call[architecture]
      if (number !== undefined) {
        expect([call.name, verdict(number)]).toEqual([call.name, call.refusal === "absent" ? ENOSYS : EPERM])
      }
    }
    const allowed = new Set(ALLOWED_CALLS.map((call) => call[architecture]))
    const others = new Set([...REFUSED_CALLS, ...Object.values(GUARDED_CALLS)].map((call) => call[architecture]))
    for (let number = 0; number <= 469; number += 1) {
      if (others.has(number)) continue
      expect([number, verdict(number)]).toEqual([number, allowed.has(number) ? ALLOW : ENOSYS])
    }
  })

  test(`INV-61: ${architecture}: mounts, namespaces, tracing, io_uring, keys, bpf and modules are refused`, () => {
    expect(MUST_BE_REFUSED[architecture].filter((number) => verdict(number) === ALLOW)).toEqual([])
  })

  test.each([
    // call       arguments              verdict
    ["unshare", [0x400], ALLOW],
    ["unshare", [0x20000], EPERM],
    ["unshare", [0x10000000], EPERM],
    ["unshare", [0x80], EPERM],
    ["clone", [17], ALLOW],
    ["clone", [0x3d0f00], ALLOW],
    ["clone", [0x10000011], EPERM],
    ["clone", [0x40000000], EPERM],
    ["clone", [0x02000000], EPERM],
    ["ioctl", [0, 0x5401], ALLOW],
    ["ioctl", [0, 0x5412], EPERM],
    ["ioctl", [0, 0x541c], EPERM],
    ["ioctl", [0, 0x5423], EPERM],
    ["socket", [1], ALLOW],
    ["socket", [2, 1, 6], ALLOW],
    ["socket", [10], ALLOW],
    ["socket", [16, 3, 0], ALLOW],
    ["socket", [16, 3, 12], EAFNOSUPPORT],
    ["socket", [17], EAFNOSUPPORT],
    ["socket", [40], EAFNOSUPPORT],
    ["socket", [38], EAFNOSUPPORT],
    ["personality", [0x40000], ALLOW],
    ["personality", [0x400000], EPERM],
  ] as const)(`INV-61: ${architecture}: %s%p`, (call, args, expected) => {
    expect(verdict(GUARDED_CALLS[call][architecture], args)).toBe(expected)
  })

  test(`INV-61: ${architecture}: a call younger than the table does not exist`, () => {
    expect([470, 600, 0x3fffffff].map((number) => verdict(number))).toEqual([ENOSYS, ENOSYS, ENOSYS])
  })

  test(`INV-61: ${architecture}: bits above the low half of a flag argument change nothing`, () => {
    expect(verdict(GUARDED_CALLS.clone[architecture], [0x10000011, 0])).toBe(EPERM)
  })

  test(`INV-61: ${architecture}: any other architecture's entry kills`, () => {
    for (const other of [0x40000003, 0xc00000b7, 0xc000003e, 0x40000028, 0]) {
      expect(verdict(63, [], other)).toBe(other === AUDIT[architecture] ? ALLOW : KILL)
    }
  })
}

test("INV-61: x32 numbers kill on x86_64", () => {
  const verdict = runBpf(seccompProgram("x86_64"), { number: 0x40000000 + 39, architecture: AUDIT.x86_64, args: [] })
  expect(verdict).toBe(KILL)
})
