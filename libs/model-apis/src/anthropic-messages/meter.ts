// Chooses how to meter a response: by its status, then by its first byte. An answer's JSON
// opens with a brace and an event stream never does, whatever the content-type claims.

import { NO_USAGE } from "@bot-bottle/contracts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { createBodyMeter } from "./body-meter.ts"
import { createStreamMeter } from "./stream-meter.ts"

export function createMeter(head: ResponseHead): ResponseMeter {
  // The provider bills what it answered with 2xx, and nothing else.
  if (head.status < 200 || head.status > 299) return createUnbilledMeter()
  let chosen: ResponseMeter | undefined

  return {
    push(chunk) {
      chosen ??= chooseMeter(head, chunk)
      chosen?.push(chunk)
    },
    get usage() {
      return chosen?.usage ?? NO_USAGE
    },
    end(how) {
      const streaming = head.contentType === "" ? head.streamRequested : head.contentType === "text/event-stream"
      return (chosen ?? (streaming ? createStreamMeter(head) : createBodyMeter(head))).end(how)
    },
  }
}

/** Undefined while only white space or a byte order mark has come by: neither meter misses those. */
function chooseMeter(head: ResponseHead, chunk: Uint8Array): ResponseMeter | undefined {
  const first = chunk.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
  if (first === undefined) return undefined
  return first === 0x7b ? createBodyMeter(head) : createStreamMeter(head)
}

function createUnbilledMeter(): ResponseMeter {
  return {
    push() {},
    usage: NO_USAGE,
    end: () => ({ how: "unbilled", usage: NO_USAGE, estimated: false }),
  }
}
