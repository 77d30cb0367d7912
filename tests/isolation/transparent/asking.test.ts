// A program that knows of no proxy, in a bottle whose operator is asked about unlisted hosts. It
// waits as one that knows of the proxy does.

import { expect, test } from "bun:test"
import { createBwrapBackend, perl } from "@bot-bottle/bottle/testing"
import { startUpstream } from "@bot-bottle/proxy/testing"
import { waitFor } from "@bot-bottle/testkit"
import { describeIsolated } from "../require-isolation.ts"
import { ANSWER, openProxiedBottle, UNLISTED } from "./bottle-with-proxy.ts"

const SCRIPT = `
  use Socket qw(:all);
  socket(my $s, AF_INET, SOCK_STREAM, 0) or die $!;
  connect($s, pack_sockaddr_in(80, scalar gethostbyname("${UNLISTED}"))) or die $!;
  syswrite $s, "GET /x HTTP/1.1\\r\\nHost: ${UNLISTED}\\r\\nConnection: close\\r\\n\\r\\n";
  while (sysread($s, my $got, 65536)) { print $got }`

const RUN = { decision: "approved", duration: "run" } as const
const NO = { decision: "rejected" } as const

await describeIsolated("transparent asking", createBwrapBackend(), () => {
  test.each([
    ["answered after a yes", RUN, /^HTTP\/1\.1 200 .*hello from far away$/s, 1],
    ["refused after a no", NO, /^HTTP\/1\.1 403 .*x-bot-bottle-reason: approval-denied/s, 0],
  ] as const)("an unlisted name is %s, and nothing is dialled before", async (_, wish, answer, dialled) => {
    await using far = startUpstream({ scheme: "http", answer: () => new Response(ANSWER) })
    await using bottle = await openProxiedBottle({
      resolve: { [UNLISTED]: far.address },
      supervise: { onUnlisted: "ask", onMatch: "refuse", askTimeoutMs: 20_000 },
    })
    const running = bottle.run({ argv: perl(SCRIPT) })
    const { ledger } = bottle.proxy
    const question = await waitFor("the question", async () => (await ledger.pendingProposals())[0])
    expect([question.ask, far.seen]).toEqual([expect.objectContaining({ host: UNLISTED, port: 80 }), []])
    await ledger.answerProposal({ proposalId: question.id, ...wish, reason: "", actor: "op", channel: "command" })
    expect((await running).stdout).toMatch(answer)
    expect(far.seen.length).toBe(dialled)
  })
})
