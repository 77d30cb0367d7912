// Reads `forge`: what a run may do on the forge whose issue it works on.

import { fields, flag, numberBetween } from "../yaml/fields.ts"

export interface ForgeFields {
  allow_workflows: boolean
  comments: number
  edits: number
  pull_requests: number
}

const cap = numberBetween(0, 10_000, { whole: true })

export const forge = fields<ForgeFields>({
  allow_workflows: flag,
  comments: cap,
  edits: cap,
  pull_requests: cap,
})
