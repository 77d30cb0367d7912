// The logins that harnesses keep on the host, renewed here: one at a time, in their own files, so
// that the host's own programs stay logged in. A door of its own: few commands renew anything.

export { type AskResult, type AuthorityRequest, askAuthority, type Dialling } from "./renewal/ask-authority.ts"
export { takeHarnessLock } from "./renewal/harness-lock.ts"
export { findRefusal, type RenewalOutcome, renewLogin } from "./renewal/renew-login.ts"
export { digest, loginId, openRenewalJournal, type RenewalJournal } from "./renewal/renewal-journal.ts"
export { dueAtMs, lifeOf, type TokenLife } from "./renewal/when-due.ts"
