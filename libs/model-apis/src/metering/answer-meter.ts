// Chooses how to meter a response: by its status, then by its first byte. An answer's JSON opens
// with a brace and an event stream never does, whatever the content-type claims.

import { NO_USAGE } from "@bot-bottle/contracts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"

export interface MeterChoice {
  body(head: ResponseHead): ResponseMeter
  stream(head: ResponseHead): ResponseMeter
}

export function createAnswerMeter(head: ResponseHead, choice: MeterChoice): ResponseMeter {
  // The provider bills what it answered with 2xx, and nothing else.
  if (head.status < 200 || head.status > 299) return createUnbilledMeter()
  let chosen: ResponseMeter | undefined

  return {
    push(chunk) {
      chosen ??= choose(chunk)
      chosen?.push(chunk)
    },
    get usage() {
      return chosen?.usage ?? NO_USAGE
    },
    end(how) {
      const streaming = head.contentType === "" ? head.request.stream : head.contentType === "text/event-stream"
      return (chosen ?? (streaming ? choice.stream(head) : choice.body(head))).end(how)
    },
  }

  /** Undefined while only white space or a byte order mark has come by: neither meter misses those. */
  function choose(chunk: Uint8Array): ResponseMeter | undefined {
    const first = chunk.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
    if (first === undefined) return undefined
    return first === 0x7b ? choice.body(head) : choice.stream(head)
  }
}

export function createUnbilledMeter(): ResponseMeter {
  return {
    push() {},
    usage: NO_USAGE,
    end: () => ({ how: "unbilled", usage: NO_USAGE, estimated: false }),
  }
}
