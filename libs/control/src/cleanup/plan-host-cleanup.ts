// A clean-up of this host, by its settings and with every backend it has.

import { BACKEND_NAMES, openBackend } from "@bot-bottle/bottle"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings } from "@bot-bottle/manifest"
import type { ControlHost } from "../host.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { type CleanupPlan, planCleanup } from "./plan-cleanup.ts"

/** `keepEndedMs` is the operator's word for this once; undefined leaves it to settings.yml. */
export async function planHostCleanup(
  { env }: ControlHost,
  ledger: Ledger,
  { keepEndedMs }: { readonly keepEndedMs: number | undefined },
): Promise<CleanupPlan> {
  return await planCleanup({
    root: env.root,
    ledger,
    backends: await Promise.all(BACKEND_NAMES.map((name) => openBackend(name, env))),
    keepEndedMs: keepEndedMs ?? loadSettings(env.root).keepEndedMs,
    self: loadOwnIdentity(),
    nowMs: Date.now,
  })
}
