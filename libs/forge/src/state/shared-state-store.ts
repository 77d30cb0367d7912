// The same records where several hosts share them: kept as text by a queue that knows nothing of forges. This
// file decides, as for files, which text is a record.

import { OperatorProblem } from "@bot-bottle/contracts"
import { type ForgeState, type ForgeStatus, formatForgeState, parseForgeState } from "./forge-state.ts"
import { byIssue, checkIssueKey, type ForgeStateStore, type IssueKey, isFor } from "./forge-state-store.ts"

export interface SharedRecords {
  find(key: IssueKey): Promise<string | undefined>
  write(key: IssueKey, record: SharedRecord): Promise<void>
  remove(key: IssueKey): Promise<void>
  /** With a name of each, for an operator who has to repair one. */
  list(): Promise<readonly { readonly name: string; readonly text: string }[]>
}

export interface SharedRecord {
  readonly text: string
  readonly status: ForgeStatus
  readonly pullRequest: number | null
}

export function createSharedStateStore(records: SharedRecords): ForgeStateStore {
  return {
    async read(key) {
      checkIssueKey(key)
      const text = await records.find(key)
      if (text === undefined) return undefined
      const state = parseForgeState(text)
      if (state === undefined || !isFor(state, key))
        throw new OperatorProblem(
          `the shared forge state of ${key.owner}/${key.repo}#${key.issue_number} cannot be read`,
          {
            hint: "run the same build on every host; a row of forge_issue that is deleted starts the issue again",
          },
        )
      return state
    },

    async write(state) {
      checkIssueKey(state)
      await records.write(state, toSharedRecord(state))
    },

    async delete(key) {
      checkIssueKey(key)
      await records.remove(key)
    },

    async all() {
      const states: ForgeState[] = []
      const unreadable: string[] = []
      for (const { name, text } of await records.list()) {
        const state = parseForgeState(text)
        if (state === undefined) unreadable.push(name)
        else states.push(state)
      }
      return { states: states.sort(byIssue), unreadable }
    },
  }
}

export function toSharedRecord(state: ForgeState): SharedRecord {
  return { text: formatForgeState(state), status: state.status, pullRequest: state.pr_number }
}
