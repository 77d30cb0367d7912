// Security case 35: one bottle takes what it can of the machine, while a run in a bottle of its own
// continues asking its provider and ends as it should. The hostile programs here are bounded by
// their limits, or by a disk of their own, so that the machine of the test survives.

import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Program } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, programBottle, scriptBottle } from "../cli/cli-host.ts"
import { canMount, moveToSmallDisk } from "../crash/small-disk.ts"
import { DILIGENT, type LifecycleHost, openLifecycleHost, REQUEST_TOKENS, USAGE } from "../lifecycle/lifecycle-host.ts"

// biome-ignore format: a table
test.each([
  // what            limits of its bottle         what it does once it has said "first"
  ["a fork bomb",    "pids: 100",                 `while (1) { defined(fork) or select(undef, undef, undef, 0.005) }`],
  ["an fd hog",      "pids: 100",                 `for (1..20) { last unless fork } my @held; while (1) { open(my $f, "<", "/dev/null") ? push @held, $f : select(undef, undef, undef, 0.05) }`],
  ["a memory hog",   "pids: 100, memory: 128m",    `while (1) { for (1..3) { my $p = fork; next if !defined $p or $p; my @held; push @held, "x" x 8_000_000 while 1 } 1 while wait > 0 }`],
] as const)("%s: its neighbour works on, and kill leaves nothing of it", async (_what, limits, deed) => {
  await using host = await openLifecycleHost(DILIGENT)
  await using neighbour = await host.launch("neighbour")
  const neighbourRun = await host.loadRun()
  await host.write("bottles/dev.md", perlBottle(`${BEGIN} ${deed}`, `limits: { ${limits} }\n`))
  await using hog = await host.launch("hog")
  const { slug } = await host.loadRun()
  const parts = await host.loadParts()
  await askInTurn(neighbour, 5)

  expect((await host.run("kill", slug, "--delete", "--yes")).stdout).toBe(`${slug}: killed and deleted\n`)
  expect((await hog.result).exitCode).toBe(137)
  expectNothingLeft(host, slug, parts)
  await askInTurn(neighbour, 2)
  await expectGoodEnd(host, neighbour, neighbourRun.slug, 8)
})

test("by default, too, a fork bomb ends at a number of processes", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  const count =
    '$| = 1; my $n = 0; while ($n < 6000) { my $p = fork(); last unless defined $p; if (!$p) { close STDOUT; close STDERR; sleep 600; exit } $n++ } print "first $n\\n"'
  await host.write("bottles/dev.md", perlBottle(count))
  const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "x")
  const started = Number(/first (\d+)/.exec(stdout)?.[1])
  expect([started > 3500, started < 4096]).toEqual([true, true])
}, 60_000)

describe("disk", () => {
  // biome-ignore format: a table
  test.each([
    // policy    files          what it does                                        afterwards
    ["cutoff",  "with names",   fillWith("a$n", ""),                                 "frozen", "freeze by watchdog: done"],
    ["freeze",  "without names", fillWith("same", 'unlink "same"; push @held, $f;'), "frozen", "freeze by watchdog: done"],
    ["kill",    "with names",   fillWith("a$n", ""),                                 "killed", "kill by watchdog: done"],
  ] as const)("INV-69: over its limit under policy %s, in files %s: stopped, said, recorded; its neighbour works on", async (policy, _files, deed, status, step) => {
    await using host = await openLifecycleHost(DILIGENT)
    await using neighbour = await host.launch("neighbour")
    const neighbourRun = await host.loadRun()
    await host.write("bottles/dev.md", perlBottle(`${BEGIN} ${deed}`, "limits: { disk: 40m }\n"))
    await using hog = await host.launch("hog", "--shutdown", policy)
    const { slug } = await host.loadRun()
    const parts = await host.loadParts()
    await askInTurn(neighbour, 3)

    const end = await hog.result
    expect([end.exitCode, end.stderr.match(/(frozen|killed) by its disk limit of 40 MiB: it holds \d/)?.[1]]).toEqual(
      status === "frozen" ? [1, "frozen"] : [137, "killed"],
    )
    expect(end.stderr).toContain("raise limits.disk of its bottle or remove files in ")
    expect([(await host.ledger.findRun(slug))?.status, await host.listSteps()]).toEqual([status, [step]])
    const kinds = (await host.ledger.listAudit()).filter((row) => row.slug === slug).map(({ kind }) => kind)
    expect(kinds).toContain("disk-over-limit")
    expect(parts.filter(isProcessAlive)).toEqual([])
    expect((await host.run("kill", slug, "--delete", "--yes")).exitCode).toBe(0)
    expectNothingLeft(host, slug, parts)
    await expectGoodEnd(host, neighbour, neighbourRun.slug, 4)
  })

  test("below its limit a run is left alone", async () => {
    await using host = await openLifecycleHost(DILIGENT)
    const modest = `${BEGIN} open(my $f, ">", "a"); print $f "x" x 20_000_000; close $f; print "written\\n"; <STDIN>;`
    await host.write("bottles/dev.md", perlBottle(modest, "limits: { disk: 40m }\n"))
    await using program = await host.launch("modest")
    await program.untilStdout(/written/)
    program.closeStdin()
    expect((await program.result).exitCode).toBe(0)
    expect(await host.listSteps()).toEqual([])
  })

  test.skipIf(!canMount())(
    "INV-69: before the ledger's disk is full the run that fills it is frozen, and its neighbour's requests are recorded",
    async () => {
      // Without a ledger of its own open: the disk is put over it.
      await using host = await openCliHost({ reply: () => ({ text: "ok", usage: USAGE }) })
      await host.write("bottles/dev.md", scriptBottle(DILIGENT))
      await host.write("agents/impl.md", agentIn("dev"))
      await using _disk = await moveToSmallDisk(host.root, "512m")
      await using neighbour = await launch(host, "neighbour")
      const slugs = await listSlugs(host)
      // 40 MB each second: as fast as a build, not as fast as memory.
      const slowly = `${BEGIN} my $n = 0; while (1) { $n++; open(my $f, ">", "a$n") or last; print $f "x" x 4_000_000; close $f; select(undef, undef, undef, 0.1) } sleep 1000`
      await host.write("bottles/dev.md", perlBottle(slowly))
      await using hog = await launch(host, "hog")
      const end = await hog.result
      expect([end.exitCode, end.stderr]).toEqual([
        1,
        expect.stringMatching(
          /frozen by the disk watch: the disk of .* has \d+(\.\d)? MiB left, and this run has lately written \d/,
        ),
      ])
      await askInTurn(neighbour, 3)
      neighbour.closeStdin()
      expect((await neighbour.result).exitCode).toBe(0)
      const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
      expect([totals.requests, totals.estimated_requests]).toEqual([4, 0])
      const listed = JSON.parse((await host.run("list", "--all", "--json")).stdout)
      const statusOf = (isNeighbour: boolean) =>
        listed.find((run: { slug: string }) => slugs.includes(run.slug) === isNeighbour).status
      expect([statusOf(true), statusOf(false)]).toEqual(["ended", "frozen"])
    },
    60_000,
  )
})

const BEGIN = `$| = 1; for my $s ("INT", "TERM", "HUP") { $SIG{$s} = "IGNORE" } $SIG{XFSZ} = "IGNORE"; print "first\\n";`

/** 10 MB a file, each of which its limit would let be. */
function fillWith(name: string, then: string): string {
  return `my ($n, @held) = (0); while (1) { $n++; open(my $f, ">", "${name}") or last; print $f "x" x 10_000_000; $f->flush; ${then} select(undef, undef, undef, 0.05) } sleep 1000`
}

function perlBottle(script: string, extra = ""): string {
  return programBottle(["/usr/bin/perl", "-MIO::Handle", "-e", script], extra)
}

/** Its agent asks once for each line. */
async function askInTurn(neighbour: Program, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    const word = `turn-${crypto.randomUUID()}`
    neighbour.write(`${word}\n`)
    await neighbour.untilStdout(new RegExp(`${word} 200`))
  }
}

async function expectGoodEnd(host: LifecycleHost, neighbour: Program, slug: string, requests: number): Promise<void> {
  neighbour.closeStdin()
  expect((await neighbour.result).exitCode).toBe(0)
  expect(await host.ledger.findRun(slug)).toMatchObject({ status: "ended", exitCode: 0 })
  const rows = (await host.ledger.usage({ by: "run" })).filter(({ key }) => key === slug)
  expect(rows.map((row) => [row.requests, row.chargedTokens, row.estimatedRequests])).toEqual([
    [requests, requests * REQUEST_TOKENS, 0],
  ])
  expect(host.standIn.bill.length).toBe(requests)
}

function expectNothingLeft(host: LifecycleHost, slug: string, parts: readonly ProcessIdentity[]): void {
  expect(parts.filter(isProcessAlive)).toEqual([])
  expect(["home", "workspace", "egress"].filter((name) => existsSync(host.stateFolder(slug, name)))).toEqual([])
  const inBottle = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isOfRun(pid, slug))
  expect(inBottle).toEqual([])
}

/** By what it has mounted. */
function isOfRun(pid: string, slug: string): boolean {
  try {
    return readFileSync(join("/proc", pid, "mountinfo"), "utf8").includes(`/${slug}/`)
  } catch {
    // Gone, or not ours to look into.
    return false
  }
}

async function launch(host: CliHost, prompt: string): Promise<Program> {
  const program = host.start("start", "impl", "--headless", "--prompt", prompt)
  await program.untilStdout(/first/)
  return program
}

async function listSlugs(host: CliHost): Promise<readonly string[]> {
  return JSON.parse((await host.run("list", "--json")).stdout).map(({ slug }: { slug: string }) => slug)
}
