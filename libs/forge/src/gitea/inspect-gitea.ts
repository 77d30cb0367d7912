// The checks of `doctor` on a repository that no run makes: labels, webhooks and branch
// protection. The last two need an administrator of the repository.

import * as v from "valibot"
import { ForgeError } from "../forge-error.ts"
import { createSendToGitea, type GiteaRequestOptions } from "./request.ts"

export interface GiteaInspection {
  /** `"hidden"` where the token may not look. */
  listLabels(): Promise<readonly string[] | "hidden">
  listHooks(): Promise<readonly GiteaHook[] | "hidden">
  /** Names of the rules that protect workflow files. */
  listWorkflowProtections(): Promise<readonly string[] | "hidden">
}

export interface GiteaHook {
  readonly url: string
  readonly isActive: boolean
  readonly contentType: string
  readonly events: readonly string[]
}

const labels = v.array(v.object({ name: v.string() }))
const hooks = v.array(
  v.object({
    active: v.boolean(),
    events: v.array(v.string()),
    config: v.object({ url: v.optional(v.string(), ""), content_type: v.optional(v.string(), "") }),
  }),
)
const protections = v.array(v.object({ rule_name: v.string(), protected_file_patterns: v.optional(v.string(), "") }))
const TIMEOUT_MS = 10_000

export function inspectGitea(
  options: Omit<GiteaRequestOptions, "timeoutMs"> & { readonly owner: string; readonly repo: string },
): GiteaInspection {
  const send = createSendToGitea({ ...options, timeoutMs: TIMEOUT_MS })

  async function list<T>(schema: v.GenericSchema<unknown, T>, ...path: readonly string[]): Promise<T | "hidden"> {
    try {
      const { body } = await send({
        method: "GET",
        segments: ["repos", options.owner, options.repo, ...path],
        query: { limit: "50" },
      })
      const parsed = v.safeParse(schema, body)
      return parsed.success ? parsed.output : "hidden"
    } catch (error) {
      if (error instanceof ForgeError && (error.status === 403 || error.status === 404)) return "hidden"
      throw error
    }
  }

  return {
    async listLabels() {
      const found = await list(labels, "labels")
      return found === "hidden" ? found : found.map(({ name }) => name)
    },
    async listHooks() {
      const found = await list(hooks, "hooks")
      if (found === "hidden") return found
      return found.map(({ active, events, config }) => ({
        url: config.url,
        isActive: active,
        contentType: config.content_type,
        events,
      }))
    },
    async listWorkflowProtections() {
      const found = await list(protections, "branch_protections")
      if (found === "hidden") return found
      return found
        .filter((rule) => rule.protected_file_patterns.includes("workflows"))
        .map(({ rule_name }) => rule_name)
    },
  }
}
