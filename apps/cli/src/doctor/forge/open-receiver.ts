// Where `doctor` sees that a test delivery arrived. A `serve` of this host records it. When none
// runs, `doctor` listens at the webhook's own address, if that is one of this host's, for as long
// as it waits.

import { lookup } from "node:dns/promises"
import { networkInterfaces } from "node:os"
import type { Secret } from "@bot-bottle/contracts"
import { createServingRecords, isSignedBy, type RepositoryName, WEBHOOK_PATHS } from "@bot-bottle/forge"
import { isProcessAlive } from "@bot-bottle/kernel"
import { type Arrival, hostOf } from "./judge-delivery.ts"

export interface Receiver extends AsyncDisposable {
  /** `"mute"` until something came. */
  look(): Promise<Arrival>
}

export type OpenedReceiver =
  | { readonly outcome: "open"; readonly receiver: Receiver }
  | { readonly outcome: "none"; readonly why: string }

export interface ReceiverOptions {
  readonly root: string
  readonly repository: RepositoryName
  readonly url: URL
  /** Undefined: a signature cannot be checked. */
  readonly secret: Secret | undefined
}

/** As large as `serve` takes. */
const MAX_BODY_BYTES = 1024 * 1024

export async function openReceiver(options: ReceiverOptions): Promise<OpenedReceiver> {
  const records = createServingRecords(options.root)
  const before = await records.read(options.repository)
  if (before === undefined || !isProcessAlive(before.holder)) return listenHere(options)
  return {
    outcome: "open",
    receiver: {
      async look() {
        const now = await records.read(options.repository)
        // A serve that starts again meanwhile has received nothing yet.
        return now === undefined || ["", before.delivery].includes(now.delivery) ? "mute" : "arrived"
      },
      async [Symbol.asyncDispose]() {},
    },
  }
}

async function listenHere({ url, secret }: ReceiverOptions): Promise<OpenedReceiver> {
  const idle = "serve does not run on this host"
  const own = new Set(Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address)))
  const addresses = await lookup(hostOf(url), { all: true }).catch(() => [])
  const here = addresses.map(({ address }) => address).filter((address) => own.has(address))
  if (url.protocol !== "http:" || here.length === 0)
    return { outcome: "none", why: `${idle}, and ${url.href} is not an address of it` }
  let arrival: Arrival = "mute"
  const fetch = async (request: Request): Promise<Response> => {
    arrival = await judgeRequest(request, secret, arrival)
    return new Response(null, { status: arrival === "arrived" ? 204 : 404 })
  }
  await using opened = new AsyncDisposableStack()
  try {
    for (const hostname of here) {
      const port = url.port === "" ? 80 : Number(url.port)
      const server = Bun.serve({ hostname, port, maxRequestBodySize: MAX_BODY_BYTES, fetch })
      opened.defer(() => server.stop(true))
    }
  } catch {
    return { outcome: "none", why: `${idle}, and doctor cannot listen at ${url.host} itself` }
  }
  const all = opened.move()
  return {
    outcome: "open",
    receiver: { look: async () => arrival, [Symbol.asyncDispose]: () => all.disposeAsync() },
  }
}

/** Anybody may send: a request that is worse than an earlier one changes nothing. */
async function judgeRequest(request: Request, secret: Secret | undefined, before: Arrival): Promise<Arrival> {
  const signature = request.headers.get("x-gitea-signature") ?? undefined
  if (before === "arrived" || request.method !== "POST" || !request.headers.has("x-gitea-event")) return before
  if (secret !== undefined && !isSignedBy(secret, await request.bytes(), signature)) return "unsigned"
  return WEBHOOK_PATHS.some((path) => path === new URL(request.url).pathname) ? "arrived" : "path"
}
