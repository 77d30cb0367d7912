// Any other program: the manifest gives its command line and names the providers whose hosts
// it uses. Their routes, credentials and budgets apply; this harness brings none of its own.

import { API_KEY_ENV, CLAUDE_PLACEHOLDERS } from "../claude/placeholders.ts"
import type { Provider } from "../provider.ts"

export const command: Provider = {
  name: "command",
  meters: [],
  toolchain: undefined,
  args: {
    bypass: [],
    startup: [],
    headlessPrompt: (prompt) => [prompt],
    // What a program keeps between runs is in its home and workspace, which come back as they were.
    resume: [],
  },
  routes: [],
  credentials: [],
  guest: ({ meteredCredentialEnvs = [API_KEY_ENV] }) => ({
    env: Object.fromEntries(meteredCredentialEnvs.map((env) => [env, CLAUDE_PLACEHOLDERS[env] ?? PLACEHOLDER])),
    files: [],
    args: [],
  }),
}

const PLACEHOLDER = "bot-bottle-placeholder"
