// Where answers in OpenAI's style hold their usage, and how one says that it failed.

import type { JsonObject } from "@bot-bottle/contracts"
import type { BodyFormat } from "../metering/body-meter.ts"
import { NOTHING_STATED, raiseStated, type StatedUsage, valuesAt } from "../metering/stated-usage.ts"
import { readStated, readTier, readTimings } from "./usage-object.ts"

const TIMINGS = "timings"
/** Where gateways put the usage of either API; Bedrock, Gemini and LangChain under names of their own. */
export const GATEWAY_PATHS: readonly string[] = [
  "message.usage",
  "result.usage",
  "data.usage",
  "meta.usage",
  "metadata.usage",
  "x_*.usage",
  "usageMetadata",
  "usage_metadata",
  "token_usage",
  "amazon-bedrock-invocationMetrics",
]
const TIER = /(?:^|\.)service_tier$/

export function openAiBody(usagePaths: readonly string[], textPaths: readonly string[]): BodyFormat {
  return {
    usagePaths,
    textPaths,
    readStated: readStatedAt,
    hasFailed: (fields) => isError(fields.get("error")) || fields.get("status") === "failed",
  }
}

/** Some servers leave the field empty in every answer. */
export function isError(value: unknown): boolean {
  if (value == null || value === false || value === "") return false
  return typeof value !== "object" || Object.keys(value).length > 0
}

/** Everything that an event states at `paths`, the largest total of each kind. */
export function statedInEvent(event: JsonObject, paths: readonly string[]): StatedUsage {
  return paths
    .flatMap((path) => valuesAt(event, path).map((value) => readStatedAt(value, path)))
    .reduce(raiseStated, NOTHING_STATED)
}

function readStatedAt(value: unknown, path: string): StatedUsage {
  if (TIER.test(path)) return readTier(value)
  return path === TIMINGS ? readTimings(value) : readStated(value)
}
