// The policy on system calls, which every backend's filter is made of: the calls that are refused,
// by name and number, and the ones whose arguments decide. The rest is in ./allowed-syscalls.ts.
//
// Pure data. A call missing on an architecture has no number there.

export const ARCHITECTURES = ["x86_64", "aarch64"] as const
export type Architecture = (typeof ARCHITECTURES)[number]

/** `absent` answers ENOSYS, so that a runtime falls back; `forbidden` answers EPERM. */
export type Refusal = "absent" | "forbidden"

/** Numbers above 423 are the same on every architecture. */
export const REFUSED_CALLS: readonly {
  readonly name: string
  readonly refusal: Refusal
  readonly x86_64: number | undefined
  readonly aarch64: number | undefined
}[] = [
  // Namespaces. clone3 hides its flags behind a pointer, so it is absent and libc uses clone.
  { name: "setns", refusal: "forbidden", x86_64: 308, aarch64: 268 },
  { name: "clone3", refusal: "absent", x86_64: 435, aarch64: 435 },
  // Mounts, old and new.
  { name: "mount", refusal: "forbidden", x86_64: 165, aarch64: 40 },
  { name: "umount2", refusal: "forbidden", x86_64: 166, aarch64: 39 },
  { name: "pivot_root", refusal: "forbidden", x86_64: 155, aarch64: 41 },
  { name: "chroot", refusal: "forbidden", x86_64: 161, aarch64: 51 },
  { name: "open_tree", refusal: "forbidden", x86_64: 428, aarch64: 428 },
  { name: "move_mount", refusal: "forbidden", x86_64: 429, aarch64: 429 },
  { name: "fsopen", refusal: "forbidden", x86_64: 430, aarch64: 430 },
  { name: "fsconfig", refusal: "forbidden", x86_64: 431, aarch64: 431 },
  { name: "fsmount", refusal: "forbidden", x86_64: 432, aarch64: 432 },
  { name: "fspick", refusal: "forbidden", x86_64: 433, aarch64: 433 },
  { name: "mount_setattr", refusal: "forbidden", x86_64: 442, aarch64: 442 },
  { name: "open_tree_attr", refusal: "forbidden", x86_64: 467, aarch64: 467 },
  { name: "open_by_handle_at", refusal: "forbidden", x86_64: 304, aarch64: 265 },
  { name: "fanotify_init", refusal: "forbidden", x86_64: 300, aarch64: 262 },
  { name: "quotactl", refusal: "forbidden", x86_64: 179, aarch64: 60 },
  { name: "quotactl_fd", refusal: "forbidden", x86_64: 443, aarch64: 443 },
  { name: "swapon", refusal: "forbidden", x86_64: 167, aarch64: 224 },
  { name: "swapoff", refusal: "forbidden", x86_64: 168, aarch64: 225 },
  // Other processes' memory and descriptors: the forwarder runs under the agent's own uid.
  { name: "ptrace", refusal: "forbidden", x86_64: 101, aarch64: 117 },
  { name: "process_vm_readv", refusal: "forbidden", x86_64: 310, aarch64: 270 },
  { name: "process_vm_writev", refusal: "forbidden", x86_64: 311, aarch64: 271 },
  { name: "kcmp", refusal: "forbidden", x86_64: 312, aarch64: 272 },
  { name: "pidfd_getfd", refusal: "forbidden", x86_64: 438, aarch64: 438 },
  // Ways past this filter, and kernel surface no coding agent needs.
  { name: "io_uring_setup", refusal: "absent", x86_64: 425, aarch64: 425 },
  { name: "io_uring_enter", refusal: "absent", x86_64: 426, aarch64: 426 },
  { name: "io_uring_register", refusal: "absent", x86_64: 427, aarch64: 427 },
  { name: "add_key", refusal: "forbidden", x86_64: 248, aarch64: 217 },
  { name: "request_key", refusal: "forbidden", x86_64: 249, aarch64: 218 },
  { name: "keyctl", refusal: "forbidden", x86_64: 250, aarch64: 219 },
  { name: "bpf", refusal: "forbidden", x86_64: 321, aarch64: 280 },
  { name: "perf_event_open", refusal: "forbidden", x86_64: 298, aarch64: 241 },
  { name: "userfaultfd", refusal: "forbidden", x86_64: 323, aarch64: 282 },
  { name: "modify_ldt", refusal: "absent", x86_64: 154, aarch64: undefined },
  { name: "lookup_dcookie", refusal: "absent", x86_64: 212, aarch64: 18 },
  { name: "nfsservctl", refusal: "absent", x86_64: 180, aarch64: 42 },
  { name: "uselib", refusal: "absent", x86_64: 134, aarch64: undefined },
  { name: "_sysctl", refusal: "absent", x86_64: 156, aarch64: undefined },
  // Memory of nodes and of other processes, security modules, and calls that no program makes any more.
  { name: "get_mempolicy", refusal: "absent", x86_64: 239, aarch64: 236 },
  { name: "mbind", refusal: "absent", x86_64: 237, aarch64: 235 },
  { name: "set_mempolicy", refusal: "absent", x86_64: 238, aarch64: 237 },
  { name: "set_mempolicy_home_node", refusal: "absent", x86_64: 450, aarch64: 450 },
  { name: "move_pages", refusal: "absent", x86_64: 279, aarch64: 239 },
  { name: "migrate_pages", refusal: "absent", x86_64: 256, aarch64: 238 },
  { name: "lsm_get_self_attr", refusal: "absent", x86_64: 459, aarch64: 459 },
  { name: "lsm_set_self_attr", refusal: "absent", x86_64: 460, aarch64: 460 },
  { name: "lsm_list_modules", refusal: "absent", x86_64: 461, aarch64: 461 },
  { name: "sysfs", refusal: "absent", x86_64: 139, aarch64: undefined },
  { name: "ustat", refusal: "absent", x86_64: 136, aarch64: undefined },
  // The machine itself.
  { name: "init_module", refusal: "forbidden", x86_64: 175, aarch64: 105 },
  { name: "finit_module", refusal: "forbidden", x86_64: 313, aarch64: 273 },
  { name: "delete_module", refusal: "forbidden", x86_64: 176, aarch64: 106 },
  { name: "kexec_load", refusal: "forbidden", x86_64: 246, aarch64: 104 },
  { name: "kexec_file_load", refusal: "forbidden", x86_64: 320, aarch64: 294 },
  { name: "reboot", refusal: "forbidden", x86_64: 169, aarch64: 142 },
  { name: "acct", refusal: "forbidden", x86_64: 163, aarch64: 89 },
  { name: "syslog", refusal: "forbidden", x86_64: 103, aarch64: 116 },
  { name: "vhangup", refusal: "forbidden", x86_64: 153, aarch64: 58 },
  { name: "iopl", refusal: "forbidden", x86_64: 172, aarch64: undefined },
  { name: "ioperm", refusal: "forbidden", x86_64: 173, aarch64: undefined },
  { name: "settimeofday", refusal: "forbidden", x86_64: 164, aarch64: 170 },
  { name: "clock_adjtime", refusal: "forbidden", x86_64: 305, aarch64: 266 },
  { name: "sethostname", refusal: "forbidden", x86_64: 170, aarch64: 161 },
  { name: "setdomainname", refusal: "forbidden", x86_64: 171, aarch64: 162 },
  { name: "clock_settime", refusal: "forbidden", x86_64: 227, aarch64: 112 },
]

/** Errors of refusals, as numbers of errno(3). */
export const ERRNO_OF = { forbidden: 1, absent: 38, "unknown-family": 97 } as const satisfies Record<
  Refusal | "unknown-family",
  number
>

/** Bits of clone(2) and unshare(2): NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
export const NEW_NAMESPACE = 0x7e02_0000
/** In unshare only: clone reads this bit as part of the exit signal. */
export const CLONE_NEWTIME = 0x80
/** TIOCSTI, TIOCLINUX, TIOCSETD: typing into, or changing the nature of, a terminal. */
export const REFUSED_IOCTLS: readonly number[] = [0x5412, 0x541c, 0x5423]
/** AF_UNIX, AF_INET, AF_INET6; and AF_NETLINK for NETLINK_ROUTE alone. */
export const ALLOWED_FAMILIES: readonly number[] = [1, 2, 10]
export const AF_NETLINK = 16
export const NETLINK_ROUTE = 0
/** Plain Linux; 32 bits and an old version in its name; no random addresses, which sanitizers ask for; what it is now. */
export const ALLOWED_PERSONALITIES: readonly number[] = [0, 0x8, 0x2_0000, 0x2_0008, 0x4_0000, 0xffff_ffff]

/** Calls refused only for some arguments. */
export const GUARDED_CALLS = {
  personality: { x86_64: 135, aarch64: 92 },
  unshare: { x86_64: 272, aarch64: 97 },
  clone: { x86_64: 56, aarch64: 220 },
  ioctl: { x86_64: 16, aarch64: 29 },
  socket: { x86_64: 41, aarch64: 198 },
} as const satisfies Record<string, Record<Architecture, number>>
