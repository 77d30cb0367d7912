// Forge records in a ledger that hosts share: the store of libs/forge over the queue of libs/ledger.

import {
  createForgeStateStore,
  createSharedStateStore,
  type ForgeStateStore,
  type IssueKey,
  parseForgeState,
  type SharedRecords,
} from "@bot-bottle/forge"
import type { IssueLease, IssueName, IssueQueue, Ledger } from "@bot-bottle/ledger"
import { LeaseLost } from "./lease-lost.ts"

export interface IssueRecordsOptions {
  readonly issues: IssueQueue
  readonly nameOf: (key: IssueKey) => IssueName
  /** Every change names it. Undefined: nothing may be changed. */
  readonly lease: IssueLease | undefined
}

/** Changes throw LeaseLost when the lease is another's by now. */
export function createIssueRecords({ issues, nameOf, lease }: IssueRecordsOptions): SharedRecords {
  async function change(key: IssueKey, make: (held: IssueLease) => Promise<boolean>): Promise<void> {
    const { repository, number } = nameOf(key)
    if (lease?.repository !== repository || lease.number !== number || !(await make(lease))) throw new LeaseLost()
  }
  return {
    find: async (key) => (await issues.find(nameOf(key)))?.record,
    write: (key, record) => change(key, (held) => issues.write(held, record)),
    remove: (key) => change(key, (held) => issues.forget(held)),
    list: () => listRecords(issues),
  }
}

/** To read only: of this host, or of all hosts that share the ledger. */
export function openForgeState(root: string, { fleet }: Pick<Ledger, "fleet">): ForgeStateStore {
  if (fleet === undefined) return createForgeStateStore(root)
  const { issues } = fleet
  return createSharedStateStore({
    // The repository's identity is known to its forge; here its name has to do.
    async find({ owner, repo, issue_number }) {
      const texts = (await issues.list("all")).map(({ record }) => record)
      return texts.find((text) => {
        const state = parseForgeState(text)
        return state?.owner === owner && state.repo === repo && state.issue_number === issue_number
      })
    },
    write: () => Promise.reject(new LeaseLost()),
    remove: () => Promise.reject(new LeaseLost()),
    list: () => listRecords(issues),
  })
}

async function listRecords(issues: IssueQueue) {
  const rows = await issues.list("all")
  return rows.map(({ repository, number, record }) => ({ name: `${repository} #${number}`, text: record }))
}
