import { test } from "bun:test"
import { INSTALL_MS } from "../agents/agent-host.ts"
import { tellStory } from "../agents/forge-story/story.ts"
import { realForge } from "./real-forge.ts"
import { WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets } from "./widgets.ts"

test.skipIf(WHY_NO_GITEA !== undefined)(
  `the real Claude Code, from an issue of the real Gitea to its closed pull request (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using widgets = await openWidgets()
    await tellStory(realForge(widgets))
  },
  INSTALL_MS + 240_000,
)
