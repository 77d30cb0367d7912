import { expect, test } from "bun:test"
import type { Mount } from "../../plan.ts"
import { linkSharedFiles } from "./shared-files.ts"

const SHARE: Mount = { source: "/state/s/share", target: "/run/bot-bottle", access: "read-only" }

test.each([
  // source                          target                access        shown by
  ["/state/s/share/etc/passwd", "/etc/passwd", "read-only", "link"],
  ["/state/s/share/ca-bundle.pem", "/etc/ssl/cert.pem", "read-only", "link"],
  ["/state/s/share/etc/passwd", "/etc/passwd", "read-write", "mount"],
  ["/state/s/share/etc/.nothing", "/home/node/x/.env", "read-only", "mount"],
  ["/state/s/doors/etc/passwd", "/etc/passwd", "read-only", "mount"],
  ["/usr/share/passwd", "/etc/passwd", "read-only", "mount"],
] as const)("%s at %s, %s, is shown by a %s", (source, target, access, shown) => {
  const mount: Mount = { source, target, access }
  const { mounts, links } = linkSharedFiles([SHARE, mount])
  expect(mounts).toEqual(shown === "mount" ? [SHARE, mount] : [SHARE])
  expect(links.map(({ path }) => path)).toEqual(shown === "link" ? [target] : [])
})

test("a link leads to the file's place in the guest share", () => {
  const passwd: Mount = { source: "/state/s/share/etc/passwd", target: "/etc/passwd", access: "read-only" }
  expect(linkSharedFiles([passwd, SHARE]).links).toEqual([
    { path: "/etc/passwd", target: "/run/bot-bottle/etc/passwd" },
  ])
})

test("without a guest share every file is mounted", () => {
  const passwd: Mount = { source: "/state/s/share/etc/passwd", target: "/etc/passwd", access: "read-only" }
  expect(linkSharedFiles([passwd])).toEqual({ mounts: [passwd], links: [] })
})
