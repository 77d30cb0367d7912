// Reads why a connection to an upstream came to nothing out of the engine's error code.

export interface UpstreamFailure {
  readonly outcome: "refused"
  readonly reason: "upstream-unreachable" | "upstream-tls"
  /** False only when it is certain that no byte of the request left. */
  readonly mayHaveLeft: boolean
}

export function readFailure(error: unknown): UpstreamFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (NEVER_CONNECTED.has(code)) return { outcome: "refused", reason: "upstream-unreachable", mayHaveLeft: false }
  if (CERTIFICATE_PROBLEM.test(code)) return { outcome: "refused", reason: "upstream-tls", mayHaveLeft: false }
  return { outcome: "refused", reason: "upstream-unreachable", mayHaveLeft: true }
}

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ConnectionRefused",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "FailedToOpenSocket",
])
// Names OpenSSL and BoringSSL give to a certificate they do not accept; all precede the request.
const CERTIFICATE_PROBLEM =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|EE_CERT|CRL_|ERROR_IN_CERT|ISSUER_|SUBJECT_|AKID_|KEYUSAGE_|UNKNOWN_CERTIFICATE)/
