// Judges the address about to be dialled, not the name that was asked for.
//
// IPv6 is an allow-list: global unicast without the blocks inside it that lead elsewhere.
// Forms that carry an IPv4 address and that working networks use (v4-mapped, NAT64 of DNS64)
// are judged by that address; dead ones (6to4, Teredo, v4-compatible) are refused whole.
//
//   INV-12  Loopback, private, link-local, CGNAT, multicast, metadata addresses, their mapped
//           forms and the host's own addresses are never dialled because a name said so.

import { BlockList, isIPv4 } from "node:net"
import { parseHostname } from "@bot-bottle/contracts"

/**
 * True when `address` (IPv4 or IPv6 text) may be dialled for a listed name. `ownAddresses`:
 * canonical text of every address of this host.
 */
export function isDialable(address: string, ownAddresses: ReadonlySet<string>): boolean {
  const parsed = parseHostname(address)
  if (parsed.kind !== "ip") return false
  const host = carriedIPv4(parsed.host) ?? parsed.host
  if (ownAddresses.has(parsed.host) || ownAddresses.has(host)) return false
  if (isIPv4(host)) return !REFUSED.check(host, "ipv4")
  return GLOBAL_UNICAST.check(host, "ipv6") && !REFUSED.check(host, "ipv6")
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 twin, plus
// addresses on which clouds answer their own machines.
const REFUSED = blockList([
  "0.0.0.0/8", // this network; 0.0.0.0 dials the host itself
  "10.0.0.0/8",
  "100.64.0.0/10", // CGNAT; Alibaba's metadata is 100.100.100.200
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's host agent, in public space
  "169.254.0.0/16", // link-local; metadata of AWS, Google, Azure and others
  "172.16.0.0/12",
  "192.0.0.0/24", // Oracle's metadata is 192.0.0.192
  "192.0.2.0/24",
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "2001::/23", // protocol assignments: Teredo, ORCHID, benchmarking
  "2001:db8::/32",
  "2002::/16", // 6to4
  "3fff::/20", // documentation
])

const GLOBAL_UNICAST = blockList(["2000::/3"])

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = "", prefix = ""] = subnet.split("/")
    list.addSubnet(network, Number(prefix), isIPv4(network) ? "ipv4" : "ipv6")
  }
  return list
}

/** The IPv4 address inside NAT64's well-known prefix. parseHostname has unfolded v4-mapped ones already. */
function carriedIPv4(host: string): string | undefined {
  if (!host.startsWith("64:ff9b::")) return undefined
  // The tail is at most two groups: `::` stands for the four zero groups of the /96.
  const groups = host
    .slice("64:ff9b::".length)
    .split(":")
    .map((group) => Number.parseInt(group || "0", 16))
  if (groups.length > 2) return undefined
  const [high, low] = groups.length === 2 ? groups : [0, ...groups]
  return [high, low].flatMap((group = 0) => [group >> 8, group & 255]).join(".")
}
