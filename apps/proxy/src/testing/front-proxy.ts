// A test proxy with one upstream, and large bodies for it.

import { route, startTestProxy, type TestProxyOptions } from "./test-proxy.ts"
import { startUpstream, type Upstream } from "./upstream.ts"

export const MEGABYTE = 1024 * 1024

/** A body that begins and never ends. */
export function beginning(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("begin")) })
}

export function blocks(block: Uint8Array, count: number): ReadableStream<Uint8Array> {
  let left = count
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) controller.close()
      else controller.enqueue(block)
    },
  })
}

export async function startBench(
  answer: (request: Request) => Response | Promise<Response>,
  options: TestProxyOptions = {},
) {
  const upstream: Upstream = startUpstream({ answer })
  const proxy = await startTestProxy({
    routes: [route("api.example.com")],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: upstream.caPem,
    ...options,
  })
  return {
    upstream,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
