// Root runs the same suite once more as a user without any privilege.
//
// The repository may lie in a folder only root may enter, so it is shown to that user at
// another place, in a mount namespace of its own.

import { expect, test } from "bun:test"
import { chownSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const UID = 64_321
const isRoot = process.getuid?.() === 0
const tools = ["bwrap", "setpriv"].map((name) => Bun.which(name))
const required = Bun.env["BOT_BOTTLE_REQUIRE_ISOLATION"] === "1"
const why = isRoot ? "bwrap or setpriv is missing" : "already unprivileged, bwrap.test.ts covers it"

test.skipIf(!isRoot || (tools.includes(null) && !required))(
  `bwrap as an unprivileged user, started by root (skipped when: ${why})`,
  async () => {
    const [bwrap, setpriv] = tools
    const home = realpathSync(mkdtempSync(join(tmpdir(), "bottle-user-")))
    chownSync(home, UID, UID)
    const suite = Bun.spawn(
      [
        ...[bwrap ?? "bwrap", "--dev-bind", "/", "/", "--tmpfs", "/mnt"],
        ...[
          "--ro-bind",
          join(import.meta.dir, "../.."),
          "/mnt/repository",
          "--ro-bind",
          realpathSync(process.execPath),
          "/mnt/bun",
        ],
        ...["--chdir", "/mnt/repository", "--die-with-parent", "--"],
        ...[setpriv ?? "setpriv", "--reuid", `${UID}`, "--regid", `${UID}`, "--clear-groups", "--inh-caps=-all", "--"],
        ...["/mnt/bun", "test", "./tests/isolation/bwrap.test.ts"],
      ],
      {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, TMPDIR: home, BOT_BOTTLE_REQUIRE_ISOLATION: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    )
    const [stderr, exitCode] = await Promise.all([suite.stderr.text(), suite.exited])
    rmSync(home, { recursive: true, force: true })
    const failures = stderr.split("\n").filter((line) => line.startsWith("(fail)"))
    expect({ exitCode, failures, summary: /\n\s*(\d+) pass/.test(stderr) ? "ran" : stderr.slice(-2000) }).toEqual({
      exitCode: 0,
      failures: [],
      summary: "ran",
    })
  },
  120_000,
)
