// Any other program: the manifest gives its command line and names the providers whose hosts
// it uses. Their routes, credentials and budgets apply; this harness brings none of its own.
//
// The agent's body is a file whose path stands in BOT_BOTTLE_AGENT_FILE; its skills are folders in
// ~/.bot-bottle/skills.

import { agentFile } from "../agent-file.ts"
import type { Provider } from "../provider.ts"

export const command: Provider = {
  name: "command",
  meters: [],
  toolchain: undefined,
  // A program keeps its state in its home and workspace, which a resumed run has again.
  composeArgs: ({ prompt, opening, needed, own }) => {
    const last = prompt ?? opening
    return [...needed, ...own, ...(last === undefined ? [] : [last])]
  },
  skillsFolder: ".bot-bottle/skills",
  routes: [],
  credentials: [],
  placeholders: () => ({ env: {}, files: [] }),
  guest: (setup) => {
    const agent = agentFile(setup)
    return {
      env: { ...setup.placeholders.env, ...(agent === undefined ? {} : { BOT_BOTTLE_AGENT_FILE: agent.path }) },
      files: [...setup.placeholders.files, ...(agent === undefined ? [] : [agent.file])],
      args: [],
    }
  },
}
