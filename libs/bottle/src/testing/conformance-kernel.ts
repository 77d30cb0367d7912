// Ways to more rights than the bottle gives.

import { expect, test } from "bun:test"
import { ARCHITECTURES, REFUSED_CALLS } from "../syscalls/syscalls.ts"
import type { Subject } from "./subject.ts"
import { openTestRun, perl, runInBottle, runOnHost } from "./test-run.ts"

const [EPERM, ENOTTY, ENOSYS] = [1, 25, 38]
const architecture = ARCHITECTURES.find((name) => name === { x64: "x86_64", arm64: "aarch64" }[process.arch as string])!

export function testKernel(subject: Subject): void {
  const createBackend = subject.create
  test("INV-61: every refused system call is refused inside, and many are not outside", async () => {
    await using run = openTestRun()
    // Harmless outside too: without arguments these fail for want of them.
    const harmless = REFUSED_CALLS.filter(
      ({ name }) =>
        !/reboot|vhangup|swap|acct|kexec|module|settime|adjtime|hostname|domainname|syslog|chroot/.test(name),
    )
    const { stdout } = await runInBottle(createBackend(), run.plan(callEach(REFUSED_CALLS)))
    expect(errorsOf(stdout)).toEqual(
      Object.fromEntries(
        REFUSED_CALLS.filter((call) => call[architecture] !== undefined).map((call) => [
          call.name,
          call.refusal === "absent" || Number(call[architecture]) >= subject.unknownCallsFrom ? ENOSYS : EPERM,
        ]),
      ),
    )
    const outside = errorsOf((await runOnHost(callEach(harmless))).stdout)
    const differing = Object.entries(outside).filter(([name, errno]) => errno !== errorsOf(stdout)[name])
    expect(differing.length).toBeGreaterThan(harmless.length / 3)
  })

  test.each([
    // attempt              call                                                          outside       inside
    ["a user namespace", "syscall({ unshare }, 0x10000000)", 0, EPERM],
    ["a mount namespace", "syscall({ unshare }, 0x10020000)", 0, EPERM],
    ["clone of a userns", "(syscall({ clone }, 0x10000011, 0, 0, 0, 0) == 0 ? exit : 0)", 0, EPERM],
    ["typing for the operator", "do { open my $n, '<', '/dev/null'; ioctl($n, 0x5412, my $c = 'x') }", ENOTTY, EPERM],
    ["the console's menu", "do { open my $n, '<', '/dev/null'; ioctl($n, 0x541C, my $c = 'x') }", ENOTTY, EPERM],
    ["a call of tomorrow", "syscall(600)", ENOSYS, ENOSYS],
    // The control: plain calls of the same numbers stay.
    ["unshare of files", "syscall({ unshare }, 0x400)", 0, 0],
    ["clone of a child", "(syscall({ clone }, 17, 0, 0, 0, 0) == 0 ? exit : 0)", 0, 0],
  ] as const)("INV-61: %s", async (_attempt, call, outside, inside) => {
    await using run = openTestRun()
    const numbers = { unshare: architecture === "x86_64" ? 272 : 97, clone: architecture === "x86_64" ? 56 : 220 }
    const script = perl(
      `$! = 0; ${call.replace(/\{ (\w+) \}/, (_, name: keyof typeof numbers) => `${numbers[name]}`)}; print $! + 0`,
    )
    const results = {
      outside: (await runOnHost(script)).stdout,
      inside: (await runInBottle(createBackend(), run.plan(script))).stdout,
    }
    expect(results).toEqual({ outside: `${outside}`, inside: `${inside}` })
  })

  test("INV-61: a call by another architecture's entry kills the process", async () => {
    if (architecture !== "x86_64") return
    await using run = openTestRun()
    // getpid through x32, then through int 0x80 (mov eax, 20; int 0x80; ret), written into executable memory.
    const x32 = perl("syscall(0x40000000 + 39); print 'alive'")
    const { exitCode, stdout } = await runInBottle(createBackend(), run.plan(x32))
    expect({ exitCode, stdout }).toEqual({ exitCode: 128 + 31, stdout: "" })
    expect((await runOnHost(x32)).stdout).toBe("alive")
  })

  test("the forwarder cannot be traced, and its memory and environment hold nothing", async () => {
    await using run = openTestRun()
    const own = subject.ownVariables.join("|")
    const script = `
      for my $pid (grep { $_ < $$ } map { m{/proc/(\\d+)} } glob "/proc/[0-9]*") {
        print "traced $pid\\n" if syscall(${architecture === "x86_64" ? 101 : 117}, 16, $pid, 0, 0) == 0;
        open my $e, "<", "/proc/$pid/environ" or next;
        print "environ: ", join(" ", grep { !/^(${own})=/ } split /\\0/, do { local $/; <$e> // "" }), "\\n";
      }`
    expect((await runInBottle(createBackend(), run.plan(perl(script)))).stdout).toBe("environ: \nenviron: \n")
  })

  test.each([
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sysrq-trigger",
    "/proc/sys/user/max_user_namespaces",
  ])("%s cannot be written", async (path) => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan(
        perl(
          'print -e $ARGV[0] ? "there " : "absent ", open(my $f, ">", $ARGV[0]) && syswrite($f, "1") ? "written" : "refused"',
          path,
        ),
      ),
    )
    expect(stdout).toMatch(/refused$/)
  })

  test("a setuid program gains nothing", async () => {
    await using run = openTestRun()
    const script =
      "cp /usr/bin/id ~/id; chmod 6755 ~/id; ~/id -u; for p in /usr/bin/su /usr/bin/passwd /usr/bin/mount; do test -u $p && echo setuid; done | head -1; mount -t tmpfs none /tmp 2>/dev/null && echo mounted; true"
    const plan = run.plan(["/bin/sh", "-c", script])
    expect((await runInBottle(createBackend(), plan)).stdout).toMatch(
      new RegExp(`^${subject.guestUid(plan.slug)}\\n(setuid\\n)?$`),
    )
  })

  test("cgroups: the bottle sees itself as the top, and no file system to change that", async () => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan(["/bin/sh", "-c", "cut -d: -f3 /proc/self/cgroup | sort -u; find /sys -type f 2>/dev/null | head -1"]),
    )
    expect(stdout).toBe("/\n")
  })
}

function callEach(calls: typeof REFUSED_CALLS): readonly string[] {
  const numbers = calls.flatMap((call) =>
    call[architecture] === undefined ? [] : [`${call.name}=${call[architecture]}`],
  )
  return perl(
    'for (@ARGV) { my ($name, $n) = split /=/; $! = 0; syscall($n + 0, -1, 0, 0, 0, 0, 0); print "$name ", $! + 0, "\\n" }',
    ...numbers,
  )
}

function errorsOf(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name, errno]) => [name, Number(errno)]),
  )
}
