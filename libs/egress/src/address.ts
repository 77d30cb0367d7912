// Judges the address about to be dialled, not the name that was asked for.
//
//   INV-12  Loopback, private, link-local, CGNAT, multicast, metadata addresses, their mapped
//           forms and the host's own addresses are never dialled because a name said so.

/** True when `address` (canonical IPv4 or IPv6 text) may be dialled for a listed name. */
export function isDialable(address: string, ownAddresses: ReadonlySet<string>): boolean {
  throw new Error(`to be built: ${address} ${ownAddresses}`)
}
