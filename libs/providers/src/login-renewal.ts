// How a login is renewed: what its harness asks the authority, and how the harness writes the
// answer down. Types only; who asks, when, and one at a time, is libs/logins.

export interface LoginRenewal {
  /** The token endpoint, HTTPS on port 443. */
  readonly host: string
  readonly path: string
  /** The locks that the harness's own program takes around a renewal, so that neither renews beside the other. */
  readonly lock: (loginFile: string) => HarnessLock
  /** From the text of the login's file. */
  request(text: string): RenewalRequest
  /** The answer of the authority, and the text of the file from now on: every field that is not known stays. */
  readAnswer(text: string, answer: AuthorityAnswer, nowMs: number): RenewalAnswer
  /** For a client in the bottle that asks to renew: the placeholders again, as the authority would hand them out. */
  placeholderAnswer(details: Readonly<Record<string, string>>): string
}

/** All of `paths`, in this order. */
export type HarnessLock =
  /** flock(2) on files. */
  | { readonly kind: "flock"; readonly paths: readonly string[] }
  /** Folders that exist while the lock is held, and are touched meanwhile; one older than `staleMs` is nobody's. */
  | { readonly kind: "folder"; readonly paths: readonly string[]; readonly staleMs: number }

export type RenewalRequest =
  | {
      readonly outcome: "ready"
      readonly refreshToken: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** `why` quotes nothing of the file. */
  | { readonly outcome: "unusable"; readonly why: string }

export interface AuthorityAnswer {
  readonly status: number
  readonly body: string
}

export type RenewalAnswer =
  | { readonly outcome: "renewed"; readonly text: string }
  /** The refresh token will never be taken again: a person has to log in. */
  | { readonly outcome: "refused"; readonly why: string }
  /** The authority did not get to it: the refresh token is unspent. */
  | { readonly outcome: "not-now"; readonly why: string }
