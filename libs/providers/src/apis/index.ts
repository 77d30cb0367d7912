import type { ModelApi } from "../model-api.ts"

/** Undefined for an API this build does not read: its routes must not be metered silently. */
export function findModelApi(name: string): ModelApi | undefined {
  throw new Error(`to be built: ${name}`)
}
