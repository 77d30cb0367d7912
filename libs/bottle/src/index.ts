// Bottles: how an agent is shut in. A pure plan, backends that build it, the run's folder
// on the host, the forwarder that is the bottle's only way out.

export type { Backend, Bottle, BottleStdio, Probe, ProbeFinding } from "./backend.ts"
export { type BottlePlan, GUEST, type Mount, type PlanLimits } from "./plan.ts"
