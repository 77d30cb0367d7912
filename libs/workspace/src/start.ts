// The door for every start: the operator's Git settings, an empty workspace, the size of a folder.
// The rest of this library takes longer to load than these take to run.

export { writeBaseline } from "./baseline.ts"
export { checkCopyable } from "./copy/check-copyable.ts"
export { holdsMoreThan } from "./copy/holds-more-than.ts"
export {
  composeGuestGitConfig,
  composeGuestLfsConfig,
  LFS_CLEAN,
  loadOperatorGit,
} from "./host-git/operator-settings.ts"
