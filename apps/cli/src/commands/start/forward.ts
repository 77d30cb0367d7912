// `forward`: a server in a run's bottle, on the host's loopback, until Ctrl-C.

import { OperatorProblem, type Slug, showHidden } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

export async function runForward(host: Host, slug: Slug, ports: string): Promise<number> {
  const { port, hostPort } = parsePorts(ports)
  const stop = new AbortController()
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort())
  await openRun(controlHost(host), slug).forward(port, {
    hostPort,
    signal: stop.signal,
    onNote: (text) => host.screen.note(`bot-bottle: ${showHidden(text.trim())}`),
    onListening: () =>
      host.screen.print(`http://127.0.0.1:${hostPort} leads to port ${port} of ${slug}; Ctrl-C ends it`),
  })
  return 0
}

/** `3000`, or `3000:8080`: the bottle's, then the host's. */
export function parsePorts(text: string): { readonly port: number; readonly hostPort: number } {
  const [, port = "", hostPort = port] = text.match(/^(\d{1,5})(?::(\d{1,5}))?$/) ?? []
  const isPort = (one: string) => Number(one) >= 1 && Number(one) <= 65_535
  if (isPort(port) && isPort(hostPort)) return { port: Number(port), hostPort: Number(hostPort) }
  throw new OperatorProblem(`'${showHidden(text)}' is not a port`, {
    exitCode: 2,
    hint: "give the bottle's port, and the host's after a colon if it is another: 3000, 3000:8080",
  })
}
