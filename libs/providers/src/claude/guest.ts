// The files of Claude Code's bottle: a placeholder credential, no telemetry or updater, and the
// answers to everything it would ask at its first interactive start.

import { agentFile } from "../agent-file.ts"
import { ansiColorCode } from "../ansi-color.ts"
import type { GuestNeeds, GuestSetup } from "../provider.ts"
import { API_KEY_ENV, APPROVED_KEY_CHARACTERS, claudePlaceholder, LOGIN } from "./placeholders.ts"

export function claudeGuest(setup: GuestSetup): GuestNeeds {
  const { caFile, placeholders, workspace, label } = setup
  const key = placeholders.env[API_KEY_ENV] ?? claudePlaceholder(API_KEY_ENV)
  const agent = agentFile(setup)
  return {
    env: {
      ...placeholders.env,
      NODE_EXTRA_CA_CERTS: caFile,
      // Lets it skip permissions where its user looks like root.
      IS_SANDBOX: "1",
      ...quietFor(setup),
      DISABLE_AUTOUPDATER: "1",
      // At each start it would ask three hosts for its marketplace of plugins, which few bottles list.
      CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
    },
    files: [
      ...placeholders.files,
      {
        path: ".claude.json",
        content: json({
          hasCompletedOnboarding: true,
          customApiKeyResponses: { approved: [key.slice(-APPROVED_KEY_CHARACTERS)], rejected: [] },
          projects: { [workspace]: { hasTrustDialogAccepted: true } },
        }),
        keepsOtherFields: true,
      },
      {
        path: ".claude/settings.json",
        content: json({
          skipDangerousModePermissionPrompt: true,
          ...(label === "" ? {} : { statusLine: { type: "command", command: statusLine(setup) } }),
        }),
        keepsOtherFields: true,
      },
      ...(agent === undefined ? [] : [agent.file]),
    ],
    args: agent === undefined ? [] : ["--append-system-prompt-file", agent.path],
  }
}

/**
 * With a subscription its calls for the account's own usage stay: they count as not essential, and its meters would be
 * stale without them.
 */
function quietFor({ credential }: GuestSetup): Readonly<Record<string, string>> {
  return credential?.name === LOGIN
    ? { DISABLE_TELEMETRY: "1", DISABLE_ERROR_REPORTING: "1", DISABLE_FEEDBACK_COMMAND: "1" }
    : { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" }
}

/**
 * The client runs it with a shell in the bottle. The label is read from there, so no label can be a command. The
 * proxy says how far the run has come; without it, or without curl, the label stands alone.
 */
function statusLine({ color }: GuestSetup): string {
  const label = `printf '\\033[${ansiColorCode(color)}m%s\\033[0m' "$BOT_BOTTLE_LABEL"`
  return `${label}; s=$(curl -sf -m 1 http://bot-bottle.internal/status 2>/dev/null) && printf ' · %s' "$s"; :`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
