// What launcher and guard say to each other, a line each.

import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import type { BindEnd } from "./finish-bind.ts"
import type { BindPlan } from "./plan-bind.ts"

export type GuardOrder =
  | {
      readonly kind: "guard"
      readonly root: string
      readonly slug: Slug
      readonly plan: BindPlan
      readonly quarantine: string
    }
  /** All that must be gone before the folder is tidied up. */
  | { readonly kind: "bottle"; readonly processes: readonly ProcessIdentity[] }

export type GuardReport =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly why: string }
  /** The protection of this host path has ended. */
  | { readonly kind: "broken"; readonly path: string }
  | ({ readonly kind: "ended" } & BindEnd)
