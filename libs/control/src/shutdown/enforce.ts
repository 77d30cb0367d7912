// One operator action on one run, with its row in the ledger around it: asked for, done or
// failed, and by whom, whatever happens in between.

import type { Slug } from "@bot-bottle/contracts"
import type { EnforcementAction, Ledger } from "@bot-bottle/ledger"

export async function enforce(
  ledger: Ledger,
  action: { readonly slug: Slug; readonly kind: EnforcementAction["kind"]; readonly operator: string },
  act: () => Promise<void>,
): Promise<void> {
  const { slug, kind, operator } = action
  const id = await ledger.beginEnforcement({ slug, kind, trigger: "operator", actor: operator })
  try {
    await act()
  } catch (error) {
    await ledger.finishEnforcement(id, { error: error instanceof Error ? error.message : String(error) })
    throw error
  }
  await ledger.finishEnforcement(id, {})
}
