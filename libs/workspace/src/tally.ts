// The door for the end of a session: how much the agent changed.

export { type ChangeTally, type TallyRequest, tallyChanges } from "./review/tally-changes.ts"
