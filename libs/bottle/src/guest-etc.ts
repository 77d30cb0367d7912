// The files of /etc that a bottle must have of its own, so that none of the host's names
// and accounts show inside.

export const GUEST_HOSTNAME = "bottle"

export const GUEST_ETC_FILES: readonly { readonly name: string; readonly content: string }[] = [
  {
    name: "passwd",
    content:
      "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n" +
      "node:x:1000:1000:node:/home/node:/bin/sh\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  },
  { name: "group", content: "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n" },
  { name: "hostname", content: `${GUEST_HOSTNAME}\n` },
  {
    name: "hosts",
    content: `127.0.0.1 localhost ${GUEST_HOSTNAME}\n::1 localhost ip6-localhost ip6-loopback\n`,
  },
  // Loopback only: there is no DNS in a bottle but what the forwarder may answer there.
  { name: "resolv.conf", content: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n" },
  { name: "nsswitch.conf", content: "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n" },
]
