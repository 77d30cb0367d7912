// The Responses API over a WebSocket: requests are `response.create` messages, events are the
// same as in an event stream, one response at a time.
//
// Refused is what would run without a request of its own: steering, which makes the provider
// start another response, and several streams over one socket, whose events mingle. A warm-up
// (`generate: false`) is metered like any other request, with no output to reserve: its answer
// says that it cost nothing, and its id begins the chain.

import { asObject, asText, parseJson } from "@bot-bottle/contracts"
import type { ModelRequest, SocketApi, SocketMessage, SocketMeter } from "../model-api.ts"
import { parseUnambiguous } from "../unambiguous-object.ts"
import { billedTokens, chainTokensOf } from "./chain-tokens.ts"
import { socketDenial } from "./refusal.ts"
import { BOUNDING_FIELDS, clampOutput, readCreate } from "./request.ts"
import { createResponseReader } from "./response-reader.ts"

const MESSAGE_FIELDS = [...BOUNDING_FIELDS, "type", "generate", "stream_id", "response"] as const
/** Tells the provider that the client has seen a response. */
const ACKNOWLEDGEMENT = "response.processed"

export const responsesSocket: SocketApi = {
  async readMessage(message, known): Promise<SocketMessage> {
    const create = parseUnambiguous(encoder.encode(message), MESSAGE_FIELDS)
    if (create === undefined) return refused("The message is not one JSON object whose fields stand once each")
    const type = asText(create["type"])
    if (type === ACKNOWLEDGEMENT) return { kind: "free" }
    if (type !== "response.create") return refused(`Messages of type ${type?.slice(0, 80) ?? "none"} are not metered`)
    if (create["stream_id"] != null) return refused("Several streams over one socket are not metered")
    if (create["response"] != null) return refused("The request must stand in the message itself")
    const { generate } = create
    if (generate != null && typeof generate !== "boolean") return refused("generate must be true or false")

    const request = await readCreate(create, known, { generates: generate !== false })
    if (request === undefined) return refused("The message is not a Responses request that can be metered")
    return { kind: "billed", request }
  },

  clampOutput: (message, maxOutputTokens) => decoder.decode(clampOutput(encoder.encode(message), maxOutputTokens)),
  createMeter,
  denial: socketDenial,
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function refused(why: string): SocketMessage {
  return { kind: "refused", why }
}

function createMeter(request: ModelRequest): SocketMeter {
  const response = createResponseReader(request)

  function chainTokens(): number {
    const seen = response.billed ? billedTokens(response.usage) : undefined
    return chainTokensOf(seen ?? request.inputTokens + response.streamedTokens, request.repeatedTokens)
  }

  return {
    push(message) {
      const event = asObject(parseJson(message))
      if (event !== undefined && !response.ended) response.read(event)
    },
    get usage() {
      return response.usage
    },
    get ended() {
      return response.ended
    },
    get responseId() {
      return response.responseId
    },
    get chainTokens() {
      return chainTokens()
    },
    end: () => response.end({ hidesOutput: false }),
  }
}
