// The answers of the attacks' upstreams: each plays its part in one attack.

import { REDIRECTS } from "./answers.ts"
import { BILLED, MOODS } from "./metering.ts"
import type { Answer } from "./upstreams.ts"

/** Host → its part. The others say hello. */
export const FAR_SIDE: Readonly<Record<string, Answer>> = {
  "redirect.test": ({ target }) => ({
    head: `302 Found\r\nlocation: ${REDIRECTS[Number(target.slice(1))] ?? REDIRECTS[0]}`,
    body: "",
  }),
  "key.test": echo,
  "model.test": ({ headers }) => bill(MOODS.find((mood) => mood === headers["x-mood"]) ?? "whole"),
}

function echo({ target, headers }: Parameters<Answer>[0]): ReturnType<Answer> {
  const credential = headers["authorization"] ?? ""
  switch (target) {
    case "/echo-header":
      return { head: `200 OK\r\nx-debug: ${credential}`, body: "" }
    case "/echo-body":
      return { head: "401 Unauthorized", body: `no such key: ${credential}` }
    case "/echo-redirect":
      return { head: `302 Found\r\nlocation: https://key.test/?token=${credential.split(" ")[1]}`, body: "" }
    default:
      return { head: "200 OK", body: "hello" }
  }
}

function bill(mood: (typeof MOODS)[number]): ReturnType<Answer> {
  const usage = { input_tokens: BILLED.input, output_tokens: BILLED.output }
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-x", content: [], usage }
  const json = "200 OK\r\ncontent-type: application/json"
  switch (mood) {
    case "whole":
      return { head: json, body: JSON.stringify(message) }
    case "torn":
      return { head: json, body: JSON.stringify(message).slice(0, 30), tears: true }
    case "without usage":
      return { head: json, body: JSON.stringify({ ...message, usage: undefined }) }
    case "of another model":
      return { head: json, body: JSON.stringify({ ...message, model: "never-heard-of-9" }) }
    case "without a media type":
      return { head: "200 OK", body: JSON.stringify(message) }
    case "in a media type nobody knows":
      return { head: "200 OK\r\ncontent-type: application/x-unheard-of", body: JSON.stringify(message) }
  }
}
