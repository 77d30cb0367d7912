// Everything that a renewal reaches outside its own files: the authority that gives new tokens, and
// the lock that a harness takes around its login.

export { type AskResult, type AuthorityRequest, askAuthority, type Dialling } from "./renewal/ask-authority.ts"
export { takeHarnessLock } from "./renewal/harness-lock.ts"
