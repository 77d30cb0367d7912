// The logins of subscriptions on this host, as a person looks at them: whose, until when, and what is
// wrong with one. Reads files, renews nothing.

import { OperatorProblem } from "@bot-bottle/contracts"
import { listLogins } from "@bot-bottle/logins"
import { findRefusal, loginId } from "@bot-bottle/logins/renewal"
import { type LoginCredential, listConfiguredProviders, type Provider } from "@bot-bottle/providers"
import type { HostEnv } from "../host.ts"
import { loginPath, readHostLogin } from "../resolve/credentials/host-login.ts"

export interface ListedLogin {
  /** As windows of its provider name the account. */
  readonly id: string
  readonly provider: string
  /** Undefined for the one that the provider's own program keeps. */
  readonly name: string | undefined
  /** A file, as shown to people. */
  readonly shown: string
  readonly account: string | undefined
  readonly expiresAtMs: number | undefined
  /** By us, while a run uses it. */
  readonly isRenewed: boolean
  /** Why no run can use it, and the command that fixes that. */
  readonly problem: { readonly why: string; readonly fix: string } | undefined
}

type LoginsEnv = Pick<HostEnv, "root" | "findSecret">

export function listHostLogins(env: LoginsEnv, nowMs: number): readonly ListedLogin[] {
  const stored = listLogins(env.root).flatMap((login) => ("file" in login ? [login] : []))
  return listConfiguredProviders().flatMap((provider) => {
    const source = provider.credentials.find((one) => one.kind === "login")
    if (source === undefined) return []
    const own = loginPath(source, env.findSecret)
    return [
      ...(own === undefined ? [] : look(env, provider, source, { file: own, name: undefined, nowMs })),
      ...stored
        .filter((login) => login.provider === provider.name)
        .flatMap(({ file, name }) => look(env, provider, source, { file, name, nowMs })),
    ]
  })
}

interface Looked {
  readonly file: string
  readonly name: string | undefined
  readonly nowMs: number
}

/** A file that is not there is nothing to show, unless a saved login names it. */
function look(
  { root, findSecret: find }: LoginsEnv,
  provider: Provider,
  source: LoginCredential,
  { file, name, nowMs }: Looked,
): readonly ListedLogin[] {
  const row = {
    id: loginId(file),
    provider: provider.name,
    name,
    shown: file,
    account: undefined,
    expiresAtMs: undefined,
  }
  const broken = (why: string, fix: string) => [{ ...row, isRenewed: false, problem: { why, fix } }]
  try {
    const read = readHostLogin(provider, source, file, { find, nowMs })
    if (read === undefined) return name === undefined ? [] : broken("it holds no login", source.renew)
    const { shown, account, expiresAtMs, isRenewed } = read.login
    const refusal = isRenewed ? findRefusal(root, file, source) : undefined
    const problem = refusal === undefined ? undefined : { why: `it cannot be renewed: ${refusal}`, fix: source.renew }
    return [{ ...row, shown, account, expiresAtMs, isRenewed, problem }]
  } catch (error) {
    if (!(error instanceof OperatorProblem)) throw error
    return broken(error.message, source.renew)
  }
}
