// The launch site of a resumed run: its folders as its agent left them, and its row in the ledger,
// taken over.
//
//   INV-48  One launcher drives a run. It takes the run over by changing the row from what it saw, before
//           it touches a file of it; of several that try, one succeeds.

import { GUEST_ETC_FILES } from "@bot-bottle/bottle"
import { formatTime, OperatorProblem } from "@bot-bottle/contracts"
import { reopenRunFolders, writeRunMetadata } from "@bot-bottle/run-state"
import { forgeTags } from "../forge/forge-tags.ts"
import { launchMetadata, launchRecord } from "./launch-metadata.ts"
import { writeLaunchRecord } from "./launch-record.ts"
import type { BringUp, LaunchSite, Resumable } from "./launch-site.ts"

export async function takeOverRun(request: BringUp, { run, metadata }: Resumable): Promise<LaunchSite> {
  const { env, ledger, launch, launcher } = request
  const { slug } = run
  const { policy, meters, bottle } = launch
  const taken = { status: "running", launcher, policy, meters, ancestors: bottle.ancestors } as const
  if (!(await ledger.updateRunAsSeen(run, taken))) {
    throw new OperatorProblem(`run '${slug}' has just been changed by another command`, {
      hint: "see 'bot-bottle list --all'",
    })
  }
  // The new launcher stays on the row: it is dead soon, as the last one is.
  const undo = async () => {
    const { status, endedAtMs, exitCode, endReason } = run
    await ledger.updateRunAsSeen(
      { slug, launcher, status: "running" },
      {
        status,
        ...(endedAtMs === undefined ? {} : { endedAtMs }),
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(endReason === undefined ? {} : { endReason }),
      },
    )
  }
  try {
    const { folders, setAside } = reopenRunFolders(env.root, slug, GUEST_ETC_FILES)
    return {
      slug,
      folders,
      setAside,
      fillWorkspace: async () => [],
      async record(budgets) {
        writeLaunchRecord(env.root, slug, launchRecord(request, budgets))
        writeRunMetadata(folders.state, {
          ...launchMetadata(request, run.startedAtMs),
          ...(metadata.cwd === undefined ? {} : { cwd: metadata.cwd }),
          ...(metadata.startedIn === undefined ? {} : { startedIn: metadata.startedIn }),
          resumedAt: formatTime(Date.now()),
        })
        const tags = forgeTags(request.forge)
        if (Object.keys(tags).length > 0) await ledger.tagRun(slug, tags)
        const detail = { was: run.status, ...(run.endReason === undefined ? {} : { because: run.endReason }), policy }
        await ledger.appendAudit({ slug, kind: "resume", actor: env.operator, detail })
      },
      undo,
    }
  } catch (error) {
    await undo()
    throw error
  }
}
