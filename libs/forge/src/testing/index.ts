// Doubles of a forge, for tests.

export { giteaOptions } from "./gitea-options.ts"
export type { GiteaCallSeen } from "./gitea-routes.ts"
export type { GiteaWorld, StandInComment, StandInIssue, StandInReview, StandInWebhook } from "./gitea-world.ts"
export { openStandInGit, type StandInGit } from "./stand-in-git.ts"
export {
  openStandInGitea,
  STAND_IN_TOKEN,
  type StandInGitea,
  type StandInGiteaOptions,
  type StandInHook,
} from "./stand-in-gitea.ts"
export { createForgeStateConformance, type StateStoreUnderTest, sampleState } from "./state-conformance.ts"
