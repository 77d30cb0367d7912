// Security case 19, in memory: the real key is in no process that the agent can read, though it can
// read the forwarder's memory: that holds nothing worth reading.

import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend } from "@bot-bottle/bottle/testing"
import { agentIn, openCliHost, programBottle, REAL_KEY } from "../../e2e/cli/cli-host.ts"
import { describeIsolated } from "../require-isolation.ts"

// In two halves, or the search would find its own needle.
const [HEAD, TAIL] = [REAL_KEY.slice(0, 18), REAL_KEY.slice(18)]

/** Sends a billed request through the forwarder, then reads every byte of every process it may. */
const SEARCH = String.raw`
  use strict; use warnings; $| = 1;
  my ($head, $tail) = @ARGV;
  system("${GUEST.runtime}/bun", "-e", 'const r = await fetch("https://api.anthropic.com/v1/messages", { method: "POST", proxy: "http://127.0.0.1:${GUEST.proxyPort}", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] }) }); console.log("status " + r.status)');
  # Control: a child that does hold the needle, put together in its memory only.
  pipe(my $ready, my $done);
  my $child = fork();
  if (!$child) { my $held = $head . $tail; syswrite($done, "x"); sleep 60; exit }
  sysread($ready, my $mark, 1);
  my (%found, %read);
  for my $pid (grep { /^\d+$/ && $_ != $$ } map { m{/proc/(\d+)$} ? $1 : "" } glob("/proc/*")) {
    open(my $maps, "<", "/proc/$pid/maps") or next;
    open(my $memory, "<:raw", "/proc/$pid/mem") or next;
    while (my $line = <$maps>) {
      my ($from, $to, $rights) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) (\S+)/ or next;
      next unless $rights =~ /^rw/;
      no warnings "portable";
      ($from, $to) = (hex $from, hex $to);
      my $before = "";
      for (my $at = $from; $at < $to; $at += 1048576) {
        sysseek($memory, $at, 0) or last;
        my $size = $to - $at < 1048576 ? $to - $at : 1048576;
        my $got = sysread($memory, my $bytes, $size) or last;
        $read{$pid} += $got;
        $found{$pid} = 1 if index($before . $bytes, $head . $tail) >= 0;
        $before = substr($bytes, -64);
      }
    }
  }
  kill "KILL", $child; waitpid $child, 0;
  print "forwarder ", ($read{2} // 0) > 1_000_000 ? "read" : "closed", "\n";
  print "child ", $found{$child} ? "found" : "missed", "\n";
  print "others ", join(",", sort grep { $_ != $child } keys %found), "\n";
`

await describeIsolated("bwrap, a real run", createBwrapBackend(), () => {
  test("INV-41: case 19: no process of the bottle has the real key in its memory, the forwarder included", async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", programBottle(["/usr/bin/perl", "-e", SEARCH, HEAD, TAIL]))
    await host.write("agents/impl.md", agentIn("dev"))
    const { stdout, exitCode } = await host.run("start", "impl", "--headless", "--prompt", "x")
    expect({ exitCode, lines: stdout.trim().split("\n") }).toEqual({
      exitCode: 0,
      lines: ["status 200", `forwarder ${isMemoryReadable() ? "read" : "closed"}`, "child found", "others"],
    })
    expect(host.standIn.received.map(({ headers }) => headers["x-api-key"])).toEqual([REAL_KEY])
  }, 30_000)
})

/** Where Yama restricts ptrace, a process may read the memory of its own children only. */
function isMemoryReadable(): boolean {
  const setting = "/proc/sys/kernel/yama/ptrace_scope"
  return !existsSync(setting) || readFileSync(setting, "utf8").trim() === "0"
}
