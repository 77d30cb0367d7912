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

import { type Architecture, GUARDED_CALLS, NEWEST_KNOWN_CALL, REFUSED_CALLS, type Refusal } from "../../syscalls.ts"
import { assembleBpf, type BpfLine, SECCOMP_DATA } from "./bpf.ts"

const AUDIT_ARCHITECTURE = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const
/** x86_64 only: the x32 ABI shares the architecture value and sets this bit in the number. */
const X32_BIT = 0x40000000

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const ERRNO = 0x00050000
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97
const REFUSAL_VALUE: Record<Refusal, number> = { forbidden: ERRNO | EPERM, absent: ERRNO | ENOSYS }

// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
const NEW_NAMESPACE = 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
// In unshare only: clone reads this bit as part of the exit signal.
const CLONE_NEWTIME = 0x80

// TIOCSTI, TIOCLINUX, TIOCSETD: typing into, or changing the nature of, a terminal.
const REFUSED_IOCTLS = [0x5412, 0x541c, 0x5423]

const AF_NETLINK = 16
// AF_UNIX, AF_INET, AF_INET6.
const ALLOWED_FAMILIES = [1, 2, 10]
const NETLINK_ROUTE = 0

export function seccompProgram(architecture: Architecture): Uint8Array<ArrayBuffer> {
  return assembleBpf([
    { op: "load", offset: SECCOMP_DATA.architecture },
    { op: "jump-if", test: "equal", value: AUDIT_ARCHITECTURE[architecture], to: "native" },
    { op: "return", value: KILL_PROCESS },
    { op: "label", name: "native" },
    { op: "load", offset: SECCOMP_DATA.number },
    ...(architecture === "x86_64" ? returnIf("any-bit", X32_BIT, KILL_PROCESS, "x32") : []),
    ...returnIf("greater", NEWEST_KNOWN_CALL, ERRNO | ENOSYS, "younger"),
    ...REFUSED_CALLS.flatMap((call) => {
      const number = call[architecture]
      return number === undefined ? [] : returnIf("equal", number, REFUSAL_VALUE[call.refusal], call.name)
    }),
    ...guard("unshare", architecture, refuseBits(0, NEW_NAMESPACE | CLONE_NEWTIME, "unshare")),
    ...guard("clone", architecture, refuseBits(0, NEW_NAMESPACE, "clone")),
    ...guard("ioctl", architecture, [
      { op: "load", offset: SECCOMP_DATA.argument(1) },
      ...REFUSED_IOCTLS.flatMap((request) => returnIf("equal", request, ERRNO | EPERM, `ioctl ${request}`)),
    ]),
    ...guard("socket", architecture, [
      { op: "load", offset: SECCOMP_DATA.argument(0) },
      ...ALLOWED_FAMILIES.flatMap((family) => returnIf("equal", family, ALLOW, `family ${family}`)),
      { op: "jump-if", test: "equal", value: AF_NETLINK, to: "netlink" },
      { op: "return", value: ERRNO | EAFNOSUPPORT },
      { op: "label", name: "netlink" },
      { op: "load", offset: SECCOMP_DATA.argument(2) },
      ...returnIf("equal", NETLINK_ROUTE, ALLOW, "route netlink"),
      { op: "return", value: ERRNO | EAFNOSUPPORT },
    ]),
    { op: "return", value: ALLOW },
  ])
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

function refuseBits(argument: number, bits: number, name: string): BpfLine[] {
  return [
    { op: "load", offset: SECCOMP_DATA.argument(argument) },
    ...returnIf("any-bit", bits, ERRNO | EPERM, `${name} flags`),
  ]
}

/** Runs `body`, which sees the call's arguments, for one call; what falls out of it is allowed. */
function guard(call: keyof typeof GUARDED_CALLS, architecture: Architecture, body: readonly BpfLine[]): BpfLine[] {
  return [
    { op: "jump-if", test: "equal", value: GUARDED_CALLS[call][architecture], to: `guard ${call}` },
    { op: "jump", to: `past ${call}` },
    { op: "label", name: `guard ${call}` },
    ...body,
    { op: "return", value: ALLOW },
    { op: "label", name: `past ${call}` },
  ]
}
