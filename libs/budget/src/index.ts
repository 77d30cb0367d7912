// Budgets: which limit governs, what is left, what to reserve, what a usage charges. Pure:
// given numbers and a clock reading, returns a choice.

export { addTokens, chargeTokens, MAX_TOKENS } from "./charge.ts"
export {
  decideOnLimit,
  decideResumeAtMs,
  isQuiet,
  type LimitDecision,
  parseQuietHours,
  type QuietHours,
} from "./parking.ts"
export {
  type BudgetChange,
  type BudgetFlag,
  type BudgetProblem,
  formatLimit,
  formatScope,
  formatTokenCount,
  parseBudgetChange,
  parseBudgetFlag,
  parseLimit,
  parseScope,
  parseTokenCount,
  type TokenCountResult,
} from "./parse-budget.ts"
export {
  type BindingLimit,
  findBindingLimits,
  findTightest,
  isSameScope,
  type LimitSearch,
  type LimitStanding,
  leftTokens,
} from "./precedence.ts"
export { describeRaise, describeRecovery, type SpentLimit } from "./recovery-hint.ts"
export {
  decideReservation,
  type HighestRates,
  highestPrice,
  type ReservationAsk,
  type ReservationDecision,
  UNSTATED_OUTPUT_TOKENS,
  wantedAmount,
} from "./reservation.ts"
export { findCrossed, THRESHOLDS, type Threshold } from "./threshold.ts"
export { type CalendarWindow, localDate, windowStartMs } from "./window.ts"
export { type ZoneOffset, zoneOffsetOf } from "./zone.ts"
