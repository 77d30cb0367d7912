// The files of /etc that a bottle must have of its own, so that none of the host's names
// and accounts show inside.

export const GUEST_HOSTNAME = "bottle"

/** Names in /etc. */
export const GUEST_GIT_FILES = { config: "gitconfig", excludes: "gitignore", lfs: "git-lfs-clean" } as const

export interface GuestEtcFile {
  readonly name: string
  readonly content: string
}

/** The names of the uids there are in a guest whose agent has this one. */
export function guestAccounts(uid: number): readonly GuestEtcFile[] {
  return [
    {
      name: "passwd",
      content:
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n" +
        `node:x:${uid}:${uid}:node:/home/node:/bin/sh\n` +
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    },
    { name: "group", content: `root:x:0:\nnode:x:${uid}:\nnogroup:x:65534:\n` },
  ]
}

export const GUEST_ETC_FILES: readonly GuestEtcFile[] = [
  ...guestAccounts(1000),
  { name: "hostname", content: `${GUEST_HOSTNAME}\n` },
  {
    name: "hosts",
    content: `127.0.0.1 localhost ${GUEST_HOSTNAME}\n::1 localhost ip6-localhost ip6-loopback\n`,
  },
  // Loopback only: the forwarder answers there, and knows the listed names and no others. It waits five seconds
  // for the proxy, so a client waits longer: on a busy host an answer is late, and not missing.
  { name: "resolv.conf", content: "nameserver 127.0.0.1\noptions timeout:6 attempts:2\n" },
  { name: "nsswitch.conf", content: "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n" },
  // Written for each run: the operator's settings that are data (apps/cli, launch/guest-git.ts).
  ...[GUEST_GIT_FILES.config, GUEST_GIT_FILES.excludes, GUEST_GIT_FILES.lfs].map((name) => ({ name, content: "" })),
  // Debian's wget trusts the system's own file and nothing a variable names.
  { name: "wgetrc", content: "ca_certificate = /run/bot-bottle/ca-bundle.pem\n" },
]
