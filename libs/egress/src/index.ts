// Egress: what may leave a bottle, decided. Routes, names, paths, addresses, credentials;
// bytes and values in, decisions out. The proxy does the talking.

export { isDialable } from "./address.ts"
export { type ClientHello, readClientHello } from "./client-hello.ts"
export { prepareOutbound, scrubBody, scrubHeaders } from "./credential.ts"
export {
  createRouteTable,
  type EgressRequest,
  type RequestDecision,
  type RouteTable,
  type TunnelDecision,
} from "./decide.ts"
export { type RequestHead, readRequestHead } from "./request-head.ts"
