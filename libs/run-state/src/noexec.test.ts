import { expect, test } from "bun:test"
import { isNoexec } from "./noexec.ts"

const MOUNTS = `22 1 0:20 / / rw,relatime - ext4 /dev/a rw
23 22 0:21 / /home rw,nosuid,noexec - ext4 /dev/b rw
24 23 0:22 / /home/ada/big\\040disk rw - ext4 /dev/c rw
25 22 0:23 / /tmp rw,noexec - tmpfs tmpfs rw
26 22 0:24 / /tmp rw - tmpfs tmpfs rw
`

test.each([
  ["/home/ada/.bot-bottle", true],
  ["/home", true],
  ["/homestead", false],
  ["/home/ada/big disk/x", false],
  ["/tmp/x", false],
  ["/srv", false],
] as const)("programs may not run from %s: %p", (path, noexec) => {
  expect(isNoexec(path, MOUNTS)).toBe(noexec)
})
