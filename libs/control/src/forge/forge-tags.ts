// The tags of a forge run: its cost is added up by issue and by pull request.

import { forgeTagValue, ISSUE_TAG, PULL_REQUEST_TAG, type Tags } from "@bot-bottle/contracts"
import type { ForgeContext } from "./forge-context.ts"

export function forgeTags(forge: ForgeContext | undefined): Tags {
  if (forge === undefined) return {}
  const { issueNumber, prNumber } = forge
  return {
    ...(issueNumber === null ? {} : { [ISSUE_TAG]: forgeTagValue(forge, issueNumber) }),
    ...(prNumber === null ? {} : { [PULL_REQUEST_TAG]: forgeTagValue(forge, prNumber) }),
  }
}
