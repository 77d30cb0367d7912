// Starts and stops the stand-in provider, and shows what it was asked and what it billed.
//
// Loopback only. Speaks HTTPS with a CA made for this one start, so nothing that trusts it
// trusts anything else. A billed request is on the bill before its first byte is answered
// and in full, however the answer ends: that is how providers charge.

import { createAnswers } from "./answers.ts"
import { mintServerCertificate } from "./certificate.ts"
import type { BilledRequest, ReceivedRequest, StandInOptions } from "./exchange.ts"
import { listen } from "./listen.ts"

export interface StandIn extends AsyncDisposable {
  readonly port: number
  /** `127.0.0.1:<port>`, for settings.yml's `resolve:`. */
  readonly address: string
  /** PEM of the CA that signed its certificate, for `upstream_ca:`. */
  readonly caPem: string
  /** Every request, billed or not, in order. */
  readonly received: readonly ReceivedRequest[]
  readonly bill: readonly BilledRequest[]
  /** Answers whose client left before the end. */
  readonly abandoned: number
}

export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const certificate = await mintServerCertificate(options.hosts, options.certificateEndsAt)
  const answers = createAnswers(options)
  const server = await listen({ certificate, port: options.port ?? 0, answers, sockets: options.sockets ?? "accept" })

  return {
    port: server.port,
    address: `127.0.0.1:${server.port}`,
    caPem: certificate.caPem,
    received: answers.received,
    bill: answers.bill,
    get abandoned() {
      return server.abandoned
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
