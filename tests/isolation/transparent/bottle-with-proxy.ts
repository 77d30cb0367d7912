// A bottle around any command, a whole proxy behind its socket and a host at the far end. Its
// environment has no proxy variable, so that a program has no way out but the transparent one.

import { copyFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { type BottleRequest, GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend, openTestRun, perl, runInBottle } from "@bot-bottle/bottle/testing"
import { route, startTestProxy, startUpstream, type TestProxy, type TestProxyOptions } from "@bot-bottle/proxy/testing"

export const HOST = "api.example.com"
export const WILD_HOST = "deep.below.wild.example.com"
export const PLAIN_HOST = "plain.example.com"
export const UNLISTED = "evil.example.org"
export const ANSWER = "hello from far away"

export interface GuestProgram {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Host paths of files it needs; they lie in its home. */
  readonly files?: readonly string[]
}

export interface ProxiedBottle extends AsyncDisposable {
  readonly proxy: TestProxy
  run(program: GuestProgram, changes?: Partial<BottleRequest>): ReturnType<typeof runInBottle>
  /** The output of each, on both its streams; one after the other in one bottle. */
  runAll(programs: readonly GuestProgram[]): Promise<readonly string[]>
}

/** Stands between programs, and between what they said. */
const NEXT = "--next--"
const RUN_EACH = `
  my @command;
  for my $word (@ARGV) {
    if ($word ne "${NEXT}") { push @command, $word; next }
    my $pid = open(my $said, "-|") // die $!;
    if (!$pid) { open STDERR, ">&STDOUT"; exec @command; exit 127 }
    local $/; print <$said>, "${NEXT}"; close $said; @command = ();
  }`

/** Port 8443 of HOST is listed as well. */
export async function openProxiedBottle({
  extraRoutes = [],
  ...options
}: TestProxyOptions & { readonly extraRoutes?: readonly ReturnType<typeof route>[] } = {}): Promise<ProxiedBottle> {
  const stack = new AsyncDisposableStack()
  const answer = () => new Response(ANSWER)
  const ca = stack.use(startUpstream({ answer, host: HOST }))
  const wild = stack.use(startUpstream({ answer, host: WILD_HOST }))
  const plain = stack.use(startUpstream({ answer, scheme: "http" }))
  const proxy = stack.use(
    await startTestProxy({
      routes: [
        route(HOST),
        route(HOST, { port: 8443 }),
        route("*.wild.example.com"),
        route(PLAIN_HOST, { scheme: "http" }),
        ...extraRoutes,
      ],
      resolve: { [HOST]: ca.address, [WILD_HOST]: wild.address, [PLAIN_HOST]: plain.address },
      upstreamCa: `${ca.caPem}\n${wild.caPem}`,
      ...options,
    }),
  )
  const run: ProxiedBottle["run"] = async ({ argv, env = {}, files = [] }, changes = {}) => {
    await using run = openTestRun()
    for (const file of files) copyFileSync(file, join(run.folders.home, basename(file)))
    const plan = run.plan(argv, {
      folders: { ...run.folders, guestShare: dirname(proxy.frontPath) },
      cwd: GUEST.home,
      env,
      ...changes,
    })
    const kept = Object.entries(plan.env).filter(([name]) => !/proxy/i.test(name))
    return await runInBottle(createBwrapBackend(), { ...plan, env: Object.fromEntries(kept) })
  }
  return {
    proxy,
    run,
    async runAll(programs) {
      const words = programs.flatMap(({ argv }) => [...argv, NEXT])
      const files = [...new Set(programs.flatMap(({ files = [] }) => files))]
      const { stdout } = await run({ argv: perl(RUN_EACH, ...words), files })
      return stdout.split(NEXT).slice(0, -1)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
