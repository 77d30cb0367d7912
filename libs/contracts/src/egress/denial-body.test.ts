import { expect, test } from "bun:test"
import { DENIAL_KEY, formatDenialBody } from "./denial-body.ts"

const PARTS = { reason: "host-not-allowed", message: "pkgs.example is not listed.", hint: "List it." } as const
const TEXT = "pkgs.example is not listed. List it."

test.each([
  ["text", TEXT],
  ["object", { type: DENIAL_KEY, reason: "host-not-allowed", message: TEXT }],
] as const)(
  "formatDenialBody: a person reads `message` and `error` as %s, a program reads the parts",
  (kind, error) => {
    expect(JSON.parse(formatDenialBody(PARTS, kind))).toEqual({ message: PARTS.message, error, [DENIAL_KEY]: PARTS })
  },
)
