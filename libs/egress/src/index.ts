// Egress: what may leave a bottle, decided. Routes, names, paths, addresses, credentials;
// bytes and values in, decisions out. The proxy does the talking.

export { isDialable } from "./address.ts"
export type { BodyFraming } from "./body-framing.ts"
export { type ClientHello, readClientHello } from "./client-hello.ts"
export { type PreparedRequest, prepareOutbound, type RequestLines } from "./credential.ts"
export {
  createRouteTable,
  type EgressDenial,
  type EgressRequest,
  type RequestDecision,
  type RouteTable,
  type TunnelDecision,
} from "./decide.ts"
export type { Detector, Finding } from "./dlp/detector.ts"
export { createKnownSecrets, KNOWN_SECRETS } from "./dlp/known-secrets.ts"
export { maskFindings } from "./dlp/mask-findings.ts"
export { createStreamScan, type ScannedPiece, type StreamScan } from "./dlp/scan-stream.ts"
export { loadTokenPatterns } from "./dlp/token-patterns.ts"
export { listTokens } from "./header-names.ts"
export { type HostPattern, type HostPatternProblem, parseHostPattern } from "./host-pattern.ts"
export { findRouteProblem } from "./route-problem.ts"
export { type Scrubber, type ScrubStream, scrubberOf } from "./scrub.ts"
export { isFetchListed, listFetchableNames } from "./server-fetch.ts"
