// The logins that harnesses keep on the host, renewed here: one at a time, in their own files, so
// that the host's own programs stay logged in. Every launch loads this door; the process that
// renews also loads `./authority`.

export { findRefusal, type RenewalOutcome, renewLogin } from "./renewal/renew-login.ts"
export { digest, loginId, openRenewalJournal, type RenewalJournal } from "./renewal/renewal-journal.ts"
export { dueAtMs, lifeOf, type TokenLife } from "./renewal/when-due.ts"
