// Claude Code: how to install it, start it, feed it a prompt, and where it talks to.
//
// Its flags and files were tried on the pinned version; a new pin means trying them again.

import type { Provider } from "../provider.ts"
import { claudeArgs, claudeRunsWithoutTerminal } from "./args.ts"
import { API_HOST, readAccountName, readDeviceLogin } from "./device-login.ts"
import { claudeGuest } from "./guest.ts"
import { claudeMcp } from "./mcp.ts"
import { API_KEY_ENV, claudePlaceholders, LOGIN, OAUTH_ENV } from "./placeholders.ts"
import { claudeRenewal } from "./renewal.ts"

const PACKAGE = "@anthropic-ai/claude-code"

export const claude: Provider = {
  name: "claude",
  meters: ["claude"],
  firstRequestTokens: 18_800,
  toolchain: {
    npmPackage: PACKAGE,
    version: "2.1.197",
    // The platform package's own file: the main package's `bin` is a stub until its install
    // script has run, and ours do not run.
    executable: `node_modules/${PACKAGE}-linux-x64/claude`,
    executableByArch: {
      x64: `node_modules/${PACKAGE}-linux-x64/claude`,
      arm64: `node_modules/${PACKAGE}-linux-arm64/claude`,
    },
  },
  composeArgs: claudeArgs,
  runsWithoutTerminal: claudeRunsWithoutTerminal,
  conversation: ".claude/projects/*/*.jsonl",
  skillsFolder: ".claude/skills",
  routes: [
    {
      host: API_HOST,
      port: 443,
      scheme: "https",
      effect: "allow",
      inspect: true,
      matches: "every",
      metering: { provider: "claude", api: "anthropic-messages" },
      origin: "provider claude",
    },
  ],
  credentials: [
    {
      kind: "variable",
      name: OAUTH_ENV,
      injection: { header: "authorization", template: "Bearer {secret}" },
      title: "Claude OAuth token",
      prefix: "sk-ant-oat",
      printedBy: "claude setup-token",
    },
    {
      kind: "variable",
      name: API_KEY_ENV,
      injection: { header: "x-api-key", template: "{secret}" },
      title: "Anthropic API key",
      prefix: "sk-ant-api",
    },
    {
      kind: "login",
      name: LOGIN,
      title: "Claude login",
      files: [
        { variable: "CLAUDE_CONFIG_DIR", path: ".credentials.json" },
        { variable: "HOME", path: ".claude/.credentials.json" },
      ],
      accountFiles: [
        { variable: "CLAUDE_CONFIG_DIR", path: ".claude.json" },
        { variable: "HOME", path: ".claude.json" },
      ],
      readAccountName,
      renew: "claude /login",
      read: readDeviceLogin,
      renewal: claudeRenewal,
    },
  ],
  placeholders: claudePlaceholders,
  guest: claudeGuest,
  registerMcp: claudeMcp,
}
