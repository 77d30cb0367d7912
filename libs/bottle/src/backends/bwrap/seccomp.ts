// The system-call filter every process of a bottle lives under.
//
// Pure: returns the bytes bubblewrap loads with --seccomp. AF_UNIX stays allowed: tools need
// it, the bottle's file system holds one socket only, and abstract names belong to the
// bottle's own network namespace.
//
//   INV-61  No new namespace, mount, ptrace, io_uring, key or foreign socket family can be
//           had in a bottle, and a call younger than this file does not exist there.
//   A call through another architecture's entry kills the process: its numbers mean something else, so no
//   rule here would hold for it.

import { ALLOWED_CALLS } from "../../syscalls/allowed-syscalls.ts"
import {
  AF_NETLINK,
  ALLOWED_FAMILIES,
  ALLOWED_PERSONALITIES,
  type Architecture,
  CLONE_NEWTIME,
  ERRNO_OF,
  GUARDED_CALLS,
  NETLINK_ROUTE,
  NEW_NAMESPACE,
  REFUSED_CALLS,
  REFUSED_IOCTLS,
} from "../../syscalls/syscalls.ts"
import { assembleBpf, type BpfLine, SECCOMP_DATA } from "./bpf.ts"

const AUDIT_ARCHITECTURE = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const
/** x86_64 only: the x32 ABI shares the architecture value and sets this bit in the number. */
const X32_BIT = 0x40000000

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const ERRNO = 0x00050000
const FORBIDDEN = ERRNO | ERRNO_OF.forbidden
const ABSENT = ERRNO | ERRNO_OF.absent
const UNKNOWN_FAMILY = ERRNO | ERRNO_OF["unknown-family"]

export function seccompProgram(architecture: Architecture): Uint8Array<ArrayBuffer> {
  return assembleBpf([
    { op: "load", offset: SECCOMP_DATA.architecture },
    { op: "jump-if", test: "equal", value: AUDIT_ARCHITECTURE[architecture], to: "native" },
    { op: "return", value: KILL_PROCESS },
    { op: "label", name: "native" },
    { op: "load", offset: SECCOMP_DATA.number },
    ...(architecture === "x86_64" ? returnIf("any-bit", X32_BIT, KILL_PROCESS, "x32") : []),
    ...rangesOf(verdictsOf(architecture)).flatMap(({ last, verdict }) => [
      { op: "jump-if", test: "greater", value: last, to: `past ${last}` } as const,
      ...(typeof verdict === "number" ? [{ op: "return", value: verdict } as const] : verdict),
      { op: "label", name: `past ${last}` } as const,
    ]),
    { op: "return", value: ABSENT },
  ])
}

/** The answer, or the lines that look at a call's arguments first. */
type Verdict = number | readonly BpfLine[]

/** By number. A number without one is in neither table. */
function verdictsOf(architecture: Architecture): ReadonlyMap<number, Verdict> {
  const verdicts = new Map<number, Verdict>()
  const put = (number: number | undefined, verdict: Verdict) => {
    if (number !== undefined) verdicts.set(number, verdict)
  }
  for (const call of ALLOWED_CALLS) put(call[architecture], ALLOW)
  for (const call of REFUSED_CALLS) put(call[architecture], ERRNO | ERRNO_OF[call.refusal])
  for (const [name, lines] of Object.entries(GUARDS)) {
    put(GUARDED_CALLS[name as keyof typeof GUARDS][architecture], lines)
  }
  return verdicts
}

interface CallRange {
  /** The range begins after the one before it. */
  readonly last: number
  readonly verdict: Verdict
}

/** A comparison for each run of numbers instead of one for each call. Numbers between that nobody has are absent. */
function rangesOf(verdicts: ReadonlyMap<number, Verdict>): readonly CallRange[] {
  const newest = Math.max(...verdicts.keys())
  const verdictOf = (number: number) => verdicts.get(number) ?? ABSENT
  const ranges: CallRange[] = []
  let verdict = verdictOf(0)
  for (let number = 1; number <= newest + 1; number += 1) {
    const next = number > newest ? undefined : verdictOf(number)
    if (next === verdict) continue
    ranges.push({ last: number - 1, verdict })
    verdict = next ?? verdict
  }
  return ranges
}

/** Each sees the call's arguments, and ends in an answer. */
const GUARDS: Readonly<Record<keyof typeof GUARDED_CALLS, readonly BpfLine[]>> = {
  unshare: refuseBits(NEW_NAMESPACE | CLONE_NEWTIME, "unshare"),
  clone: refuseBits(NEW_NAMESPACE, "clone"),
  ioctl: [
    { op: "load", offset: SECCOMP_DATA.argument(1) },
    ...REFUSED_IOCTLS.flatMap((request) => returnIf("equal", request, FORBIDDEN, `ioctl ${request}`)),
    { op: "return", value: ALLOW },
  ],
  socket: [
    { op: "load", offset: SECCOMP_DATA.argument(0) },
    ...ALLOWED_FAMILIES.flatMap((family) => returnIf("equal", family, ALLOW, `family ${family}`)),
    { op: "jump-if", test: "equal", value: AF_NETLINK, to: "netlink" },
    { op: "return", value: UNKNOWN_FAMILY },
    { op: "label", name: "netlink" },
    { op: "load", offset: SECCOMP_DATA.argument(2) },
    ...returnIf("equal", NETLINK_ROUTE, ALLOW, "route netlink"),
    { op: "return", value: UNKNOWN_FAMILY },
  ],
  personality: [
    { op: "load", offset: SECCOMP_DATA.argument(0) },
    ...ALLOWED_PERSONALITIES.flatMap((value) => returnIf("equal", value, ALLOW, `personality ${value}`)),
    { op: "return", value: FORBIDDEN },
  ],
}

function returnIf(test: "equal" | "greater" | "any-bit", value: number, verdict: number, name: string): BpfLine[] {
  return [
    { op: "jump-if", test, value, to: `is ${name}` },
    { op: "jump", to: `not ${name}` },
    { op: "label", name: `is ${name}` },
    { op: "return", value: verdict },
    { op: "label", name: `not ${name}` },
  ]
}

function refuseBits(bits: number, name: string): readonly BpfLine[] {
  return [
    { op: "load", offset: SECCOMP_DATA.argument(0) },
    ...returnIf("any-bit", bits, FORBIDDEN, `${name} flags`),
    { op: "return", value: ALLOW },
  ]
}
