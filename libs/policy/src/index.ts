// Policy as a subject of its own: what routes say about a request, which edit would change that,
// and which routes a recorded run needed. Pure: the proxy enforces, this library explains.

export { describeEdit, type PolicyEdit, withEdit } from "./edit.ts"
export { type Explanation, explain } from "./explain.ts"
export { judge, type PolicyRoute, type PolicyTable, tableOf, type Verdict } from "./judge.ts"
export { type Left, type Proposal, type ProposedRoute, proposeRoutes, routesOf } from "./propose-routes.ts"
export { type PolicyRequest, parsePolicyRequest, requestOfEvent, showRequest } from "./request.ts"
