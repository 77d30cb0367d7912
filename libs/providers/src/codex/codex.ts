// Codex: how to install it, start it, feed it a prompt, and where it talks to.
//
// Its flags and files were tried on the pinned version; a new pin means trying them again.

import type { Route } from "@bot-bottle/contracts"
import type { Provider } from "../provider.ts"
import { codexArgs, codexRunsWithoutTerminal } from "./args.ts"
import { API_HOST, LOGIN_HOST, readDeviceLogin } from "./device-login.ts"
import { codexGuest } from "./guest.ts"
import { codexMcp } from "./mcp.ts"
import { API_KEY_ENV, codexPlaceholders, LOGIN } from "./placeholders.ts"
import { codexRenewal } from "./renewal.ts"

const PACKAGE = "@openai/codex"

export const codex: Provider = {
  name: "codex",
  meters: ["codex"],
  firstRequestTokens: 12_400,
  toolchain: {
    npmPackage: PACKAGE,
    version: "0.169.0",
    // The platform package's own file: the main package's `bin` is a Node script that looks for it.
    executable: executable("x64", "x86_64"),
    executableByArch: { x64: executable("x64", "x86_64"), arm64: executable("arm64", "aarch64") },
  },
  composeArgs: codexArgs,
  runsWithoutTerminal: codexRunsWithoutTerminal,
  readsInputFirst: true,
  conversation: ".codex/sessions/*/*/*/*.jsonl",
  skillsFolder: ".codex/skills",
  // News for its start screen. No setting of its turns that off.
  dispensable: [{ host: "raw.githubusercontent.com", path: "/openai/codex/main/announcement_tip.toml" }],
  routes: [metered(API_HOST, "openai-responses"), metered(LOGIN_HOST, "chatgpt-responses")],
  credentials: [
    {
      kind: "variable",
      name: API_KEY_ENV,
      title: "OpenAI API key",
      injection: { header: "authorization", template: "Bearer {secret}" },
      prefix: "sk-",
      hosts: [API_HOST],
    },
    {
      kind: "login",
      name: LOGIN,
      title: "Codex device login",
      files: [
        { variable: "CODEX_HOME", path: "auth.json" },
        { variable: "HOME", path: ".codex/auth.json" },
      ],
      renew: "codex login",
      read: readDeviceLogin,
      renewal: codexRenewal,
    },
  ],
  placeholders: codexPlaceholders,
  guest: codexGuest,
  registerMcp: codexMcp,
}

function executable(arch: string, machine: string): string {
  return `node_modules/${PACKAGE}-linux-${arch}/vendor/${machine}-unknown-linux-musl/bin/codex`
}

function metered(host: string, api: string): Route {
  return {
    host,
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    metering: { provider: "codex", api },
    origin: "provider codex",
  }
}
