// A server in a run's bottle, reached from the host by the real command line. The same for every backend.

import { expect, test } from "bun:test"
import { findFreePort } from "@bot-bottle/testkit"
import type { CliHostOptions } from "../cli/cli-host.ts"
import { openLifecycleHost } from "./lifecycle-host.ts"

const MEGABYTES = 5
/** Echoes, sends much, hangs up, never reads; as the path says. */
const SERVER = `
  Bun.serve({ hostname: "127.0.0.1", port: 3000, idleTimeout: 60, async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/large") return new Response(new Uint8Array(${MEGABYTES}e6).fill(7));
    if (pathname === "/echo") return new Response(await request.arrayBuffer());
    if (pathname === "/never") await new Promise(() => {});
    return new Response("hello from " + pathname);
  } });
  // A container has no IPv6.
  try { Bun.serve({ hostname: "::1", port: 3001, fetch: () => new Response("on six") }) }
  catch { Bun.serve({ hostname: "127.0.0.1", port: 3001, fetch: () => new Response("on six") }) }
  console.log("first serving"); setInterval(() => {}, 1000);`

export function forwardSuite(options: CliHostOptions = {}): void {
  test("forward: requests at once, large ones both ways, and one that nobody answers, which holds up no other", async () => {
    await using host = await openLifecycleHost(SERVER, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const port = findFreePort()
    await using forward = host.start("forward", slug, `3000:${port}`)
    await forward.untilStdout(/leads to port 3000/)
    const at = (path: string) => `http://127.0.0.1:${port}${path}`
    const never = fetch(at("/never")).catch(() => "cut")
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => (await fetch(at(`/${index}`))).text()),
    )
    expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `hello from /${index}`))
    const large = new Uint8Array(await (await fetch(at("/large"))).arrayBuffer())
    expect([large.byteLength, large.every((byte) => byte === 7)]).toEqual([MEGABYTES * 1e6, true])
    const sent = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251)
    const echoed = new Uint8Array(await (await fetch(at("/echo"), { method: "POST", body: sent })).arrayBuffer())
    expect(Buffer.compare(echoed, sent)).toBe(0)

    forward.kill("SIGINT")
    expect(await forward.result).toMatchObject({ exitCode: 0, stderr: "" })
    expect(await never).toBe("cut")
    await expect(fetch(at("/"))).rejects.toThrow()
  }, 60_000)

  test("forward: a port without a server, one on IPv6, a taken one, and the bottle's own", async () => {
    await using host = await openLifecycleHost(SERVER, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const [empty, six] = [findFreePort(), findFreePort()]
    await using nothing = host.start("forward", slug, `4000:${empty}`)
    await nothing.untilStdout(/leads to/)
    await expect(fetch(`http://127.0.0.1:${empty}/`)).rejects.toThrow()
    await using onSix = host.start("forward", slug, `3001:${six}`)
    await onSix.untilStdout(/leads to/)
    expect(await (await fetch(`http://127.0.0.1:${six}/`)).text()).toBe("on six")
    const taken = await host.run("forward", slug, `3001:${six}`)
    expect(taken).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`port ${six} of this host cannot be listened on`),
    })
    for (const own of ["3128", "53", "80", "443"])
      expect(await host.run("forward", slug, `${own}:${empty}`)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("its own way out"),
      })

    expect((await host.run("kill", slug)).exitCode).toBe(0)
    const end = await nothing.result
    expect([end.exitCode, end.stderr]).toEqual([
      1,
      expect.stringMatching(
        /nothing listens on port 4000 in the bottle\n[\s\S]*error: the run has ended, and forwarding with it/,
      ),
    ])
  }, 60_000)
}
