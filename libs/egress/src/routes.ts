// For what is known before a launch: whether routes can be obeyed, and what they allow. The
// rest of this library is the proxy's, and loads Node's network modules.

export { createRouteTable, type RouteTable } from "./decide.ts"
export { parseHostPattern } from "./host-pattern.ts"
export { findRouteProblem } from "./route-problem.ts"
