// bot-bottle's system-call filter in Docker's own words: JSON that the engine compiles.
//
// Pure. The same policy as for bubblewrap (INV-61), from the same tables; what differs is the form.
// Docker compares all 64 bits of an argument, and the kernel reads 32 of most. So values are
// allowed one by one or by a mask, never "all but these": the upper half would bypass that.

import { ALLOWED_CALLS } from "../../syscalls/allowed-syscalls.ts"
import {
  AF_NETLINK,
  ALLOWED_FAMILIES,
  ALLOWED_PERSONALITIES,
  CLONE_NEWTIME,
  ERRNO_OF,
  type GUARDED_CALLS,
  NETLINK_ROUTE,
  NEW_NAMESPACE,
  REFUSED_CALLS,
  REFUSED_IOCTLS,
} from "../../syscalls/syscalls.ts"

export interface SeccompProfile {
  readonly defaultAction: "SCMP_ACT_ERRNO"
  readonly defaultErrnoRet: number
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[]
  readonly syscalls: readonly SeccompRule[]
}

export interface SeccompRule {
  readonly names: readonly string[]
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO"
  readonly errnoRet?: number
  /** All of them must hold. */
  readonly args?: readonly SeccompComparison[]
}

export interface SeccompComparison {
  readonly index: number
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_GT" | "SCMP_CMP_MASKED_EQ"
  readonly value: number
  /** With MASKED_EQ, `value` is the mask and this is what must be left. */
  readonly valueTwo?: number
}

export function seccompProfile(): SeccompProfile {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: ERRNO_OF.forbidden,
    // No second architecture: a call through another one's entry kills (INV-61).
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      { names: ALLOWED_CALLS.map(({ name }) => name), action: "SCMP_ACT_ALLOW" },
      ...(["forbidden", "absent"] as const).map((refusal) =>
        refuse(
          REFUSED_CALLS.filter((call) => call.refusal === refusal).map(({ name }) => name),
          ERRNO_OF[refusal],
        ),
      ),
      ...Object.entries(GUARDED_RULES).flatMap(([name, argumentLists]) =>
        argumentLists.map((args) => ({ names: [name], action: "SCMP_ACT_ALLOW" as const, args })),
      ),
      ...unknownFamilies().map((args) => ({ ...refuse(["socket"], ERRNO_OF["unknown-family"]), args })),
    ],
  }
}

/** When each is allowed; every list is one way. */
const GUARDED_RULES: Readonly<Record<keyof typeof GUARDED_CALLS, readonly (readonly SeccompComparison[])[]>> = {
  unshare: [[noneOf(0, NEW_NAMESPACE | CLONE_NEWTIME)]],
  clone: [[noneOf(0, NEW_NAMESPACE)]],
  ioctl: masksOfAllBut(REFUSED_IOCTLS).map((block) => [{ index: 1, op: "SCMP_CMP_MASKED_EQ", ...block }]),
  socket: [...ALLOWED_FAMILIES.map((family) => [equal(0, family)]), [equal(0, AF_NETLINK), equal(2, NETLINK_ROUTE)]],
  personality: ALLOWED_PERSONALITIES.map((value) => [equal(0, value)]),
}

function unknownFamilies(): readonly (readonly SeccompComparison[])[] {
  const below = Array.from({ length: AF_NETLINK }, (_, family) => family)
  return [
    ...below.filter((family) => !ALLOWED_FAMILIES.includes(family)).map((family) => [equal(0, family)]),
    [equal(0, AF_NETLINK), { index: 2, op: "SCMP_CMP_NE" as const, value: NETLINK_ROUTE }],
    [{ index: 0, op: "SCMP_CMP_GT" as const, value: AF_NETLINK }],
  ]
}

/**
 * The 32-bit values other than these, as blocks that share their upper bits: as with addresses, what is left of
 * a range when some of it is taken out.
 */
export function masksOfAllBut(values: readonly number[]): readonly { value: number; valueTwo: number }[] {
  const split = (prefix: number, bits: number): { value: number; valueTwo: number }[] => {
    const size = 2 ** (32 - bits)
    const taken = values.some((value) => value >= prefix && value < prefix + size)
    if (!taken) return [{ value: (2 ** 32 - size) >>> 0, valueTwo: prefix }]
    return bits === 32 ? [] : [...split(prefix, bits + 1), ...split(prefix + size / 2, bits + 1)]
  }
  return split(0, 0)
}

function refuse(names: readonly string[], errnoRet: number): SeccompRule {
  return { names, action: "SCMP_ACT_ERRNO", errnoRet }
}

function equal(index: number, value: number): SeccompComparison {
  return { index, op: "SCMP_CMP_EQ", value }
}

function noneOf(index: number, bits: number): SeccompComparison {
  return { index, op: "SCMP_CMP_MASKED_EQ", value: bits, valueTwo: 0 }
}
