import { test } from "bun:test"
import { INSTALL_MS } from "../agent-host.ts"
import { openStandInForge } from "./stand-in-forge.ts"
import { tellStory } from "./story.ts"

test(
  "the real Claude Code, from an issue of the stand-in Gitea to its closed pull request",
  async () => {
    await using forge = await openStandInForge()
    await tellStory(forge)
  },
  INSTALL_MS + 240_000,
)
