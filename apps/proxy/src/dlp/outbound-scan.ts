// The search of each route in all data that leaves through it, and the action on a find.
//
// One table for all of a policy's credentials, whichever route they belong to: a key of one
// host must not leave to another either. Made at the first request, not at the start.

import { type CredentialedRoute, DEFAULT_DLP, type MatchRule, type Secret } from "@bot-bottle/contracts"
import {
  createKnownSecrets,
  createStreamScan,
  type Detector,
  type Finding,
  loadTokenPatterns,
  maskFindings,
  type StreamScan,
} from "@bot-bottle/egress"

export interface OutboundScan {
  /** Undefined where nothing is looked for. */
  forRoute(route: CredentialedRoute): RouteScan | undefined | Promise<RouteScan | undefined>
}

/** Everything that leaves through one route is given to one of these before it does. */
export interface RouteScan {
  readonly mode: "block" | "redact"
  /**
   * The head of a request as it came, with its address. An address is never rewritten, nor a name: a find in one
   * refuses. Otherwise the lines are masked in a copy.
   */
  scanHead(target: string, raw: Buffer): Scanned<Buffer>
  /** Lines that are never rewritten. */
  findInText(text: string): Finding | undefined
  /** A body, or a WebSocket message in bytes: masked in place. Gives way to others between slices. */
  scanWhole(bytes: Uint8Array): Promise<Scanned<Uint8Array>>
  /** A text message of a WebSocket, which leaves as `kept` when the outcome is not `found`. A promise for a large one. */
  scanMessage(text: string): Scanned<string> | Promise<Scanned<string>>
  /** Data that is unpacked only for the search cannot be masked: there a find always refuses. */
  openStream(wire: "plain" | "packed"): StreamScan
  /** The same search, which passes over what these detectors find. The set may grow. */
  without(allowed: ReadonlySet<string>): RouteScan
}

export type Scanned<T> =
  | { readonly outcome: "clean"; readonly kept: T }
  | { readonly outcome: "masked"; readonly kept: T; readonly findings: readonly Finding[] }
  | { readonly outcome: "found"; readonly finding: Finding }

let tokenPatterns: Promise<Detector> | undefined

/** `onMatch`: where a match is asked about, the credentials of metered hosts are told from the others. */
export function createOutboundScan(routes: readonly CredentialedRoute[], onMatch: MatchRule): OutboundScan {
  let known: readonly Detector[] | undefined
  const scans = new WeakMap<CredentialedRoute, RouteScan | Promise<RouteScan>>()

  function knownSecrets(): readonly Detector[] {
    known ??= onMatch === "ask" ? splitSecrets(routes) : [createKnownSecrets(secretsOf(routes))].filter(isDetector)
    return known
  }

  return {
    forRoute(route) {
      const { outbound, detect } = route.dlp ?? DEFAULT_DLP
      if (outbound === "off") return undefined
      const made = scans.get(route)
      if (made !== undefined) return made

      const first = detect.includes("known_secrets") ? knownSecrets() : []
      if (!detect.includes("token_patterns")) {
        if (first.length === 0) return undefined
        const scan = createRouteScan(first, outbound)
        scans.set(route, scan)
        return scan
      }
      tokenPatterns ??= loadTokenPatterns()
      const scan = tokenPatterns.then((patterns) => createRouteScan([...first, patterns], outbound))
      scans.set(route, scan)
      return scan
    },
  }
}

function secretsOf(routes: readonly CredentialedRoute[]): readonly Secret[] {
  return routes.flatMap(({ secret }) => (secret === undefined ? [] : [secret]))
}

function splitSecrets(routes: readonly CredentialedRoute[]): readonly Detector[] {
  const metered = secretsOf(routes.filter(({ metering }) => metering !== undefined))
  const texts = new Set(metered.map((secret) => secret.reveal()))
  const others = secretsOf(routes).filter((secret) => !texts.has(secret.reveal()))
  const sealed = createKnownSecrets(metered)
  return [sealed && seal(sealed), createKnownSecrets(others)].filter(isDetector)
}

function seal(detector: Detector): Detector {
  return {
    ...detector,
    find: (bytes) => detector.find(bytes).map((finding): Finding => ({ ...finding, isSealed: true })),
  }
}

function isDetector(detector: Detector | undefined): detector is Detector {
  return detector !== undefined
}

function createRouteScan(detectors: readonly Detector[], mode: "block" | "redact"): RouteScan {
  const overlap = Math.max(...detectors.map((detector) => detector.overlap))
  const sliceBytes = Math.min(...detectors.map((detector) => detector.sliceBytes))

  function findAll(bytes: Uint8Array): readonly Finding[] {
    if (detectors.length === 1) return detectors[0]?.find(bytes) ?? []
    return detectors.flatMap((detector) => detector.find(bytes))
  }

  function scanText(text: string): Scanned<string> {
    const bytes = Buffer.from(text, "utf8")
    const findings = findAll(bytes)
    const [finding] = findings
    if (finding === undefined) return { outcome: "clean", kept: text }
    if (mode === "block") return { outcome: "found", finding }
    maskFindings(bytes, findings)
    return { outcome: "masked", kept: bytes.toString("utf8"), findings }
  }

  /** A character is at least a byte: so many of them hold what slices must have in common. */
  async function scanLargeText(text: string): Promise<Scanned<string>> {
    const findings: Finding[] = []
    for (let at = 0; at < text.length; at += sliceBytes) {
      if (at > 0) await Bun.sleep(0)
      const scanned = scanText(text.slice(Math.max(0, at - overlap), at + sliceBytes))
      if (scanned.outcome === "found") return scanned
      if (scanned.outcome === "masked") findings.push(...scanned.findings)
    }
    if (findings.length === 0) return { outcome: "clean", kept: text }
    const bytes = Buffer.from(text, "utf8")
    await scanWhole(bytes)
    return { outcome: "masked", kept: bytes.toString("utf8"), findings }
  }

  async function scanWhole(bytes: Uint8Array): Promise<Scanned<Uint8Array>> {
    const findings: Finding[] = []
    for (let at = 0; at < bytes.length; ) {
      if (at > 0) await Bun.sleep(0)
      const slice = bytes.subarray(at, at + sliceBytes)
      const isLast = at + slice.length === bytes.length
      const found = findAll(slice)
      const [finding] = found
      if (finding !== undefined && mode === "block") return { outcome: "found", finding }
      // A find that touches the end may continue: the next slice begins with it.
      const open = isLast ? undefined : found.find(({ start, end }) => start > 0 && end === slice.length)
      const closed = open === undefined ? found : found.filter(({ end }) => end <= open.start)
      maskFindings(slice, closed)
      findings.push(...closed)
      at += isLast ? slice.length : (open?.start ?? slice.length - overlap)
    }
    return findings.length === 0 ? { outcome: "clean", kept: bytes } : { outcome: "masked", kept: bytes, findings }
  }

  function findInAddress(target: string): Finding | undefined {
    const [asIs] = findAll(Buffer.from(target, "latin1"))
    if (asIs !== undefined || !target.includes("%")) return asIs
    return findAll(Buffer.from(decodePercents(target), "latin1"))[0]
  }

  return {
    mode,
    scanHead(target, raw) {
      // All in one: nothing is found across a line break, and almost always nothing is found.
      const findings = findAll(raw)
      const inAddress = target.includes("%") ? findInAddress(target) : undefined
      const [finding] = inAddress === undefined ? findings : [inAddress]
      if (finding === undefined) return { outcome: "clean", kept: raw }
      const fixed = inAddress ?? findings.find(({ start }) => isFixed(raw, start))
      if (mode === "block" || fixed !== undefined) return { outcome: "found", finding: fixed ?? finding }
      const kept = Buffer.from(raw)
      maskFindings(kept, findings)
      return { outcome: "masked", kept, findings }
    },
    findInText: (text) => findAll(Buffer.from(text, "latin1"))[0],
    scanWhole,
    scanMessage: (text) => (text.length <= sliceBytes ? scanText(text) : scanLargeText(text)),
    openStream: (wire) => createStreamScan(detectors, wire === "packed" ? "block" : mode),
    without: (allowed) =>
      createRouteScan(
        detectors.map((detector) => ({
          ...detector,
          find: (bytes) =>
            detector.find(bytes).filter(({ detector: name, isSealed }) => isSealed === true || !allowed.has(name)),
        })),
        mode,
      ),
  }
}

/** In the request line or in a header's name: before the first colon of a line. */
function isFixed(raw: Buffer, at: number): boolean {
  const lineStart = raw.lastIndexOf("\r\n", at) + 2
  const isRequestLine = raw.lastIndexOf("\r\n", at) === -1
  return isRequestLine || !raw.subarray(lineStart, at).includes(COLON)
}

const COLON = 0x3a

/** Lenient, as servers are. */
function decodePercents(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
