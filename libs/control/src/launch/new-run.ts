// A new run's launch site: a folder and a slug of its own, and its first row in the ledger.

import { rmSync } from "node:fs"
import { GUEST_ETC_FILES } from "@bot-bottle/bottle"
import { createRunFolders, writeRunMetadata } from "@bot-bottle/run-state"
import { forgeTags } from "../forge/forge-tags.ts"
import { hiddenNames } from "./bind-workspace.ts"
import { markLaunch } from "./launch-mark.ts"
import { launchMetadata, launchRecord } from "./launch-metadata.ts"
import { writeLaunchRecord } from "./launch-record.ts"
import type { BringUp, LaunchSite } from "./launch-site.ts"

/** A copy that is quicker needs no word. */
const LONG_COPY_MS = 300

export function openNewRun(request: BringUp): LaunchSite {
  const { env, ledger, launch, name, launcher } = request
  const { slug, folders } = createRunFolders({
    root: env.root,
    label: name.label,
    newSuffix,
    etcFiles: GUEST_ETC_FILES,
  })
  markLaunch(folders.state, launcher)
  let isRecorded = false

  return {
    slug,
    folders,
    setAside: [],
    async fillWorkspace() {
      const { workspace: target, baseline } = folders
      if (launch.workspace !== "empty" && launch.workspace !== "copy") return []
      if (launch.workspace === "empty") {
        const { writeBaseline } = await import("@bot-bottle/workspace/start")
        writeBaseline(baseline, { entries: new Map(), hide: launch.bottle.workspaceHide })
        return []
      }
      const { copyWorkspace } = await import("@bot-bottle/workspace/copy")
      const source = launch.copyFolder ?? env.cwd
      let isLong = false
      const onLong = () => {
        isLong = true
        request.onCopyStep("copying", source)
      }
      try {
        return await copyWorkspace({
          source,
          target,
          root: env.root,
          baseline,
          names: hiddenNames(launch),
          onLong,
          longMs: LONG_COPY_MS,
        })
      } finally {
        if (isLong) request.onCopyStep("done", source)
      }
    },
    async record(budgets) {
      const startedAtMs = Date.now()
      writeLaunchRecord(env.root, slug, launchRecord(request, budgets))
      writeRunMetadata(folders.state, launchMetadata(request, startedAtMs))
      await ledger.createRun({
        slug,
        ...name,
        agent: launch.agent.name,
        bottles: launch.bottles,
        ancestors: launch.bottle.ancestors,
        provider: launch.provider.name,
        meters: launch.meters,
        backend: launch.backendName,
        policy: launch.policy,
        tags: { ...launch.tags, ...forgeTags(request.forge) },
        status: "running",
        startedAtMs,
        launcher,
      })
      isRecorded = true
    },
    async undo() {
      const seen = { slug, launcher, status: "running" } as const
      if (isRecorded)
        await ledger.updateRunAsSeen(seen, { status: "ended", endedAtMs: Date.now(), endReason: "launch-failed" })
      rmSync(folders.state, { recursive: true, force: true })
    },
  }
}

function newSuffix(): string {
  return [...crypto.getRandomValues(new Uint32Array(5))].map((value) => (value % 36).toString(36)).join("")
}
