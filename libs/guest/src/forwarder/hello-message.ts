// The smallest ClientHello that names a host: enough for whoever looks at the name, never
// meant to become a connection. Pure.

const TLS_AES_128 = [0x13, 0x01]
const SUPPORTED_VERSIONS = [0x00, 0x2b, 0x00, 0x03, 0x02, 0x03, 0x04]

export function writeClientHello(serverName: string): Uint8Array {
  const name = [...Buffer.from(serverName, "latin1")]
  const entry = [0, ...sized(name)]
  const extension = [0, 0, ...sized(sized(entry))]
  const body = [
    ...[3, 3, ...Array<number>(32).fill(0x42)],
    0,
    ...sized(TLS_AES_128),
    ...[1, 0],
    ...sized([...extension, ...SUPPORTED_VERSIONS]),
  ]
  const handshake = [1, 0, ...sized(body)]
  return Uint8Array.from([0x16, 3, 1, ...sized(handshake)])
}

function sized(bytes: readonly number[]): readonly number[] {
  return [bytes.length >> 8, bytes.length & 255, ...bytes]
}
