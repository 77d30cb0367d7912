// Logins: keys and tokens that the operator gave to `login`. No bottle sees any of them, and the
// environment of a command wins over them. Logins that harnesses keep: `./renewal`.

export {
  DEFAULT_NAME,
  findLogin,
  type LoginChoice,
  listLogins,
  openSecretFinder,
  removeLogin,
  saveLogin,
} from "./login-store.ts"
