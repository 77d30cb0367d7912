// Logins: keys and tokens that the operator gave to `login`, kept on the host and never seen by
// a bottle. The environment of a command wins over them.

export { type LoginChoice, listLogins, openSecretFinder, removeLogin, saveLogin } from "./login-store.ts"
