import { expect, test } from "bun:test"
import { ALLOWED_CALLS } from "../../syscalls/allowed-syscalls.ts"
import { ARCHITECTURES, GUARDED_CALLS, REFUSED_CALLS } from "../../syscalls/syscalls.ts"
import { runBpf } from "../../testing/bpf-machine.ts"
import { seccompProgram } from "../bwrap/seccomp.ts"
import { masksOfAllBut, type SeccompComparison, seccompProfile } from "./seccomp-profile.ts"

const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]

test("INV-61: what the table refuses is allowed nowhere, and refused with its own error", () => {
  const allowed = new Set(ALLOWED_CALLS.map(({ name }) => name))
  const guarded = Object.keys(GUARDED_CALLS)
  expect([...REFUSED_CALLS.map(({ name }) => name), ...guarded].filter((name) => allowed.has(name))).toEqual([])
  for (const { name, refusal } of REFUSED_CALLS) expect(verdict(name)).toBe(refusal === "absent" ? ENOSYS : EPERM)
  expect(allowed.size).toBe(ALLOWED_CALLS.length)
})

test.each([
  // call          arguments            0: allowed, else the error
  ["read", [], 0],
  ["a-new-call", [], EPERM],
  ["unshare", [0x400], 0],
  ["unshare", [0x20000], EPERM],
  ["unshare", [0x10000000], EPERM],
  ["unshare", [0x80], EPERM],
  ["clone", [17], 0],
  ["clone", [0x3d0f00], 0],
  ["clone", [0x10000011], EPERM],
  ["clone", [0x40000000], EPERM],
  ["ioctl", [0, 0x5401], 0],
  ["ioctl", [0, 0x5412], EPERM],
  ["ioctl", [0, 0x541c], EPERM],
  ["ioctl", [0, 0x5423], EPERM],
  // The kernel reads 32 bits of it.
  ["ioctl", [0, 0x1_0000_5412], EPERM],
  ["socket", [1], 0],
  ["socket", [10], 0],
  ["socket", [16, 3, 0], 0],
  ["socket", [16, 3, 9], EAFNOSUPPORT],
  ["socket", [17], EAFNOSUPPORT],
  ["socket", [40], EAFNOSUPPORT],
  ["socket", [0x1_0000_0001], EAFNOSUPPORT],
  ["personality", [0], 0],
  ["personality", [0x0040000], 0],
  ["personality", [0x0400000], EPERM],
] as const)("INV-61: %s%p", (name, args, expected) => {
  expect(verdict(name, args)).toBe(expected)
})

const AUDIT = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const

test.each(ARCHITECTURES)(
  "INV-61: every call of the tables has the same answer from both filters: %s",
  (architecture) => {
    const program = seccompProgram(architecture)
    const ofBwrap = (number: number, args: readonly number[]) =>
      runBpf(program, { number, architecture: AUDIT[architecture], args })
    const args = [[], [1], [17], [0x10000011], [0x40000], [0, 0x5412], [16, 3, 9]]
    const guarded = Object.entries(GUARDED_CALLS).map(([name, numbers]) => ({ name, ...numbers }))
    for (const call of [...ALLOWED_CALLS, ...REFUSED_CALLS, ...guarded]) {
      const number = call[architecture]
      if (number === undefined) continue
      for (const given of args) {
        const answer = verdict(call.name, given)
        expect([call.name, given, ofBwrap(number, given)]).toEqual([
          call.name,
          given,
          answer === 0 ? 0x7fff0000 : 0x50000 + answer,
        ])
      }
    }
  },
)

test("INV-61: no second architecture is let in", () => {
  expect(seccompProfile().archMap.flatMap(({ subArchitectures }) => subArchitectures)).toEqual([])
})

test("masks of all but some values hold every other one, once", () => {
  const blocks = masksOfAllBut([0, 5, 0xffff_ffff])
  const holding = (value: number) => blocks.filter((block) => (value & block.value) >>> 0 === block.valueTwo).length
  expect([0, 5, 0xffff_ffff].map(holding)).toEqual([0, 0, 0])
  expect([1, 4, 6, 7, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe].map(holding)).toEqual([1, 1, 1, 1, 1, 1, 1])
})

/** As libseccomp decides it: rules of one name are tried until all comparisons of one hold. */
function verdict(name: string, args: readonly number[] = []): number {
  const { syscalls, defaultErrnoRet } = seccompProfile()
  const rule = syscalls.find((one) => one.names.includes(name) && (one.args ?? []).every((arg) => holds(arg, args)))
  if (rule === undefined) return defaultErrnoRet
  return rule.action === "SCMP_ACT_ALLOW" ? 0 : (rule.errnoRet ?? EPERM)
}

function holds({ index, op, value, valueTwo = 0 }: SeccompComparison, args: readonly number[]): boolean {
  const given = BigInt(args[index] ?? 0)
  switch (op) {
    case "SCMP_CMP_EQ":
      return given === BigInt(value)
    case "SCMP_CMP_NE":
      return given !== BigInt(value)
    case "SCMP_CMP_GT":
      return given > BigInt(value)
    case "SCMP_CMP_MASKED_EQ":
      return (given & BigInt(value)) === BigInt(valueTwo)
  }
}
