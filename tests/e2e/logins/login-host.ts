// A host whose operator is logged in with Claude Code, at an authority that hands out short access
// tokens and ends a login whose refresh token comes twice.

import { readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import {
  createLoginAuthority,
  type IssuedTokens,
  type LoginAuthority,
  type LoginAuthorityOptions,
} from "@bot-bottle/stand-in"
import { type CliHost, type CliHostOptions, openCliHost } from "../cli/cli-host.ts"

export const LOGIN_HOSTS = ["api.anthropic.com", "platform.claude.com"] as const

export interface LoginHost extends CliHost {
  readonly authority: LoginAuthority
  readonly home: string
  /** The login's file, as the host's own Claude Code keeps it. */
  readonly file: string
  /** A new login, as by `claude /login` on the host. Its first access token lasts for the rest of a test. */
  logIn(): Promise<void>
  tokens(): { readonly accessToken: string; readonly refreshToken: string; readonly expiresAt: number }
  /** Whether the host's own program could use what is in the file. */
  isAlive(): boolean
}

export interface LoginHostOptions extends Omit<CliHostOptions, "hosts" | "answer"> {
  readonly authority: Omit<LoginAuthorityOptions, "nowMs">
}

export async function openLoginHost({ authority: given, env = {}, ...options }: LoginHostOptions): Promise<LoginHost> {
  const authority = createLoginAuthority({ nowMs: Date.now, ...given })
  const host = await openCliHost({
    ...options,
    hosts: LOGIN_HOSTS,
    async answer(request) {
      const answer = await authority.answer(request)
      if (answer !== undefined) return answer
      const token = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? ""
      if (authority.isLive(token)) return undefined
      const body = { type: "error", error: { type: "authentication_error", message: "OAuth token has expired." } }
      return { status: 401, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
    },
  })
  const home = join(host.root, "../home")
  const file = join(home, ".claude/.credentials.json")
  await mkdir(dirname(file), { recursive: true })

  async function keep({ accessToken, refreshToken, expiresAtMs }: IssuedTokens): Promise<void> {
    const scopes = ["user:inference", "user:profile"]
    const login = { accessToken, refreshToken, expiresAt: expiresAtMs, scopes, subscriptionType: "max" }
    await writeFile(file, JSON.stringify({ mcpOAuth: { kept: "as it is" }, claudeAiOauth: login }), { mode: 0o600 })
  }
  await keep(authority.issue())
  const tokens = () => JSON.parse(readFileSync(file, "utf8")).claudeAiOauth as ReturnType<LoginHost["tokens"]>
  const environment = { ...host.env, ANTHROPIC_API_KEY: "", HOME: home, ...env }
  const { runProgram, startProgram } = await import("@bot-bottle/testkit")
  const { CLI } = await import("../cli/cli-host.ts")
  return {
    ...host,
    env: environment,
    authority,
    home,
    file,
    logIn: () => keep(authority.issue({ accessLifetimeMs: 3_600_000 })),
    tokens,
    isAlive: () => authority.isRefreshable(tokens().refreshToken),
    run: (...args) => runProgram([...CLI, ...args], { cwd: host.cwd, env: environment }),
    start: (...args) => startProgram([...CLI, ...args], { cwd: host.cwd, env: environment }),
  }
}
