// The files of Pi's bottle: one model server with a placeholder for its key, nothing that calls
// home at its start, and the agent's body.

import { agentFile } from "../agent-file.ts"
import type { GuestNeeds, GuestSetup } from "../provider.ts"
import type { ModelServer } from "./model-server.ts"
import { piPlaceholder } from "./placeholders.ts"

export function piGuest(server: ModelServer, setup: GuestSetup): GuestNeeds {
  const { caFile, placeholders } = setup
  const agent = agentFile(setup)
  return {
    env: { ...placeholders.env, NODE_EXTRA_CA_CERTS: caFile, PI_OFFLINE: "1", PI_TELEMETRY: "0" },
    files: [
      { path: ".pi/agent/models.json", content: json({ providers: { [server.provider]: entry(server, setup) } }) },
      {
        path: ".pi/agent/settings.json",
        content: json({ enableInstallTelemetry: false, quietStartup: true, retry: RETRY }),
        keepsOtherFields: true,
      },
      // On Ctrl-Z it would wait for a shell to continue it, and a bottle has none.
      { path: ".pi/agent/keybindings.json", content: json({ "app.suspend": [] }), keepsOtherFields: true },
      ...(agent === undefined ? [] : [agent.file]),
    ],
    args: [
      "--provider",
      server.provider,
      ...(server.model === undefined ? [] : ["--model", server.model]),
      // Pi reads the file that this names.
      ...(agent === undefined ? [] : ["--append-system-prompt", agent.path]),
    ],
  }
}

/**
 * Pi's own retries look for "500" and the like anywhere in an error's text, and a refusal that
 * says "the budget is 500,000 tokens" would be asked again three times. The client below it
 * goes by the status, and retries in their place.
 */
const RETRY = { enabled: false, provider: { maxRetries: 5 } }

function entry({ baseUrl, wire, model, isBuiltIn, api }: ModelServer, { credential }: GuestSetup) {
  // Pi asks for a key also where the server wants none.
  const apiKey = piPlaceholder(credential)
  if (isBuiltIn) return { baseUrl, apiKey }
  const compat = api === "ollama" ? { compat: { supportsDeveloperRole: false, supportsReasoningEffort: false } } : {}
  return { baseUrl, api: wire, apiKey, ...compat, models: [{ id: model }] }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
