// Gives every name that was found listed a loopback address of its own, and knows the name
// again when a connection comes to that address.
//
//   INV-101  An address means one name for as long as the bottle lives. When there are no more addresses,
//            further names get none: never one that means another name to somebody.

export interface NameTable {
  /** The same one every time. Undefined when all addresses are given away. */
  addressOf(name: string): string | undefined
  nameOf(address: string): string | undefined
}

/** Of all names that are not listed: a flood of them must not use up the addresses of listed ones. */
export const UNLISTED_ADDRESS = "127.63.0.1"

/** 127.64.0.1 and on; the last byte is never 0 or 255, which some programs take for a network. */
const FIRST = "127.64"
const A_BLOCK = 254
/** A name under a wildcard is the agent's to invent: this bounds what inventing them costs. */
const MAX_NAMES = 16_384

export function createNameTable(mostNames = MAX_NAMES): NameTable {
  const addresses = new Map<string, string>()
  const names = new Map<string, string>()

  return {
    addressOf(name) {
      const known = addresses.get(name)
      if (known !== undefined || addresses.size >= mostNames) return known
      const index = addresses.size
      const address = `${FIRST}.${Math.floor(index / A_BLOCK)}.${1 + (index % A_BLOCK)}`
      addresses.set(name, address)
      names.set(address, name)
      return address
    },
    nameOf: (address) => names.get(address),
  }
}
