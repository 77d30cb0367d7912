// Reads from the head of a proxied request whether it is for the bottle itself, under any of its
// names and addresses. Some clients send those to the proxy too, whatever NO_PROXY says.
//
// Everything else is the host's to judge, also what cannot be read here. Pure.

export interface OwnTarget {
  readonly kind: "tunnel" | "request"
  /** In the order to be tried. */
  readonly addresses: readonly string[]
  readonly port: number
  /** The target as a server of its own takes it; of a tunnel `""`. */
  readonly originForm: string
}

const TUNNEL = /^CONNECT ([^\s/]+) HTTP\/1\.[01]\r?$/
const REQUEST = /^(?!CONNECT )[A-Z]+ http:\/\/([^\s/?#@]+)((?:[/?#]\S*)?) HTTP\/1\.[01]\r?$/i
const LOOPBACK = ["127.0.0.1", "::1"]

/** `hostname` is the bottle's. Undefined for what is not the bottle's own. */
export function readOwnTarget(requestLine: string, hostname: string): OwnTarget | undefined {
  const tunnel = TUNNEL.exec(requestLine)
  const request = REQUEST.exec(requestLine)
  const authority = tunnel?.[1] ?? request?.[1]
  const place = authority === undefined ? undefined : readAuthority(authority)
  if (place === undefined || (tunnel !== null && place.port === undefined)) return undefined
  const addresses = addressesOf(place.host, hostname)
  if (addresses === undefined) return undefined
  const path = request?.[2] ?? ""
  return {
    kind: tunnel === null ? "request" : "tunnel",
    addresses,
    port: place.port ?? 80,
    originForm: tunnel === null ? (path.startsWith("/") ? path : `/${path}`).replace(/#.*$/, "") : "",
  }
}

interface Place {
  /** As URLs write it: `127.1` is 127.0.0.1, IPv6 stands in brackets. */
  readonly host: string
  readonly port: number | undefined
}

function readAuthority(authority: string): Place | undefined {
  // Port 80 is the scheme's own, and would be left out.
  const port = /:(\d{1,5})$/.exec(authority)?.[1]
  try {
    const host = new URL(`http://${authority}`).hostname.replace(/\.$/, "")
    return { host, port: port === undefined ? undefined : Number(port) }
  } catch {
    // No host that anyone could mean.
    return undefined
  }
}

function addressesOf(host: string, hostname: string): readonly string[] | undefined {
  if (host === "localhost" || host.endsWith(".localhost") || host === hostname) return LOOPBACK
  if (host === "0.0.0.0" || host === "[::]" || host === "[::ffff:0:0]") return LOOPBACK
  if (host === "[::1]") return ["::1"]
  if (/^127\.\d+\.\d+\.\d+$/.test(host)) return [host]
  const mapped = /^\[::ffff:7f([0-9a-f]{2}):([0-9a-f]{1,4})\]$/.exec(host)
  if (mapped === null) return undefined
  const low = Number.parseInt(mapped[2] ?? "", 16)
  return [`127.${Number.parseInt(mapped[1] ?? "", 16)}.${low >> 8}.${low & 0xff}`]
}
