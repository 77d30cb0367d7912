// The files of Codex's bottle: a placeholder login, nothing to ask at its first start, no
// telemetry, updater or plugin market, and no sandbox of its own.

import { AGENT_FILE, agentFile } from "../agent-file.ts"
import type { GuestNeeds, GuestSetup } from "../provider.ts"
import { tomlText } from "./toml.ts"

const CONFIG_FILE = ".codex/config.toml"

export function codexGuest(setup: GuestSetup): GuestNeeds {
  const { caBundleFile, placeholders } = setup
  const agent = agentFile(setup)
  return {
    env: { ...placeholders.env, SSL_CERT_FILE: caBundleFile, CODEX_CA_CERTIFICATE: caBundleFile },
    files: [
      ...placeholders.files,
      { path: CONFIG_FILE, content: config(setup) },
      ...(agent === undefined ? [] : [agent.file]),
    ],
    args: [],
  }
}

/** Codex reads the agent's body from here: text of any length, as the developer's word. */
function config({ workspace, systemPrompt }: GuestSetup): string {
  return [
    `# Written by bot-bottle at every launch. The agent's body is also in ~/${AGENT_FILE}.`,
    ...(systemPrompt.trim() === "" ? [] : [`developer_instructions = ${tomlText(systemPrompt)}`]),
    'approval_policy = "never"',
    'sandbox_mode = "danger-full-access"',
    'cli_auth_credentials_store = "file"',
    "check_for_update_on_startup = false",
    // The provider's own search would reach any host, and is refused with every turn that offers
    // it. An operator who allows it (`egress.server_tools`) turns it on with `-- -c
    // web_search=live`.
    'web_search = "disabled"',
    "[analytics]",
    "enabled = false",
    "[feedback]",
    "enabled = false",
    "[otel]",
    'exporter = "none"',
    "[features]",
    "plugins = false",
    "apps = false",
    // On an API key it would ask chatgpt.com, which such a run does not reach, and print an error each time.
    "api_key_model_discovery = false",
    "[notice]",
    "hide_full_access_warning = true",
    `[projects.${tomlText(workspace)}]`,
    'trust_level = "trusted"',
    "",
  ].join("\n")
}
