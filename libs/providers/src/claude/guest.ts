// What Claude Code finds in its bottle: a placeholder credential, no telemetry or updater,
// and the answers to everything it would ask at its first interactive start.

import type { GuestNeeds, GuestSetup } from "../provider.ts"
import { API_KEY_ENV, APPROVED_KEY_CHARACTERS, CLAUDE_PLACEHOLDERS } from "./placeholders.ts"

export function claudeGuest({ caFile, credentialEnv, systemPrompt, workspace }: GuestSetup): GuestNeeds {
  const credential = credentialEnv ?? API_KEY_ENV
  const placeholder = CLAUDE_PLACEHOLDERS[credential] ?? ""
  return {
    env: {
      [credential]: placeholder,
      NODE_EXTRA_CA_CERTS: caFile,
      // Lets it skip permissions where its user looks like root.
      IS_SANDBOX: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    },
    files: [
      {
        path: ".claude.json",
        content: json({
          hasCompletedOnboarding: true,
          customApiKeyResponses: { approved: [placeholder.slice(-APPROVED_KEY_CHARACTERS)], rejected: [] },
          projects: { [workspace]: { hasTrustDialogAccepted: true } },
        }),
        keepsOtherFields: true,
      },
      {
        path: ".claude/settings.json",
        content: json({ skipDangerousModePermissionPrompt: true }),
        keepsOtherFields: true,
      },
    ],
    args: systemPrompt.trim() === "" ? [] : ["--append-system-prompt", systemPrompt],
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
