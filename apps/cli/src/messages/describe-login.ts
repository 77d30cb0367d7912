// A subscription's login in words: whose it is, how long its access lasts, and whether that matters.

import { clockTime } from "./describe-parked.ts"

export interface DescribedLogin {
  readonly account?: string | undefined
  readonly expiresAtMs?: number | undefined
  readonly isRenewed: boolean
}

/** `you@example.com, access until 14:00, renewed here`. Empty when nothing is known of it. */
export function describeLogin({ account, expiresAtMs, isRenewed }: DescribedLogin, nowMs: number): string {
  const access =
    expiresAtMs === undefined
      ? undefined
      : `access ${expiresAtMs <= nowMs ? "ended" : "until"} ${clockTime(expiresAtMs, nowMs)}`
  return [account, access, isRenewed ? "renewed here" : undefined].filter((word) => word !== undefined).join(", ")
}
