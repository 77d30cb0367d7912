// A link to the database that is slow, or breaks in the middle of a statement. Every byte of a connection
// passes through it in order.

export type LinkFault =
  | { readonly kind: "none" }
  /** Every packet, in each direction, is this late. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** The connection ends with half of the next packet towards the database. */
  | { readonly kind: "cut-request" }
  /** The database gets the next packet; the connection ends before its answer. */
  | { readonly kind: "cut-answer" }

export interface BadLink extends Disposable {
  readonly port: number
  /** A cut happens to every connection, until another fault is set. */
  setFault(fault: LinkFault): void
  /** Connections that were cut so far. */
  readonly cuts: number
}

interface Side {
  peer: Bun.Socket<Side> | undefined
  /** Bytes that came before the other side was there. */
  early: Buffer[]
  /** Each packet waits for the one before it. */
  turn: Promise<void>
}

export function openBadLink(databasePort: number): BadLink {
  let fault: LinkFault = { kind: "none" }
  let cuts = 0

  function pass(from: Bun.Socket<Side>, bytes: Buffer): void {
    const { peer } = from.data
    if (peer === undefined) from.data.early.push(bytes)
    else if (fault.kind !== "slow") from.data.turn = from.data.turn.then(() => void peer.write(bytes))
    else {
      const late = Bun.sleep(fault.delayMs)
      from.data.turn = from.data.turn.then(() => late).then(() => void peer.write(bytes))
    }
  }

  function cut(socket: Bun.Socket<Side>): void {
    cuts += 1
    socket.data.peer?.terminate()
    socket.terminate()
  }

  const newSide = (peer?: Bun.Socket<Side>): Side => ({ peer, early: [], turn: Promise.resolve() })
  const server = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async open(client) {
        client.data = newSide()
        client.data.peer = await Bun.connect<Side>({
          hostname: "127.0.0.1",
          port: databasePort,
          data: newSide(client),
          socket: {
            data: (database, bytes) =>
              fault.kind === "cut-answer" ? cut(database) : pass(database, Buffer.from(bytes)),
            close: (database) => void database.data.peer?.end(),
          },
        }).catch(() => undefined)
        if (client.data.peer === undefined) return void client.terminate()
        for (const bytes of client.data.early.splice(0)) pass(client, bytes)
      },
      data(client, bytes) {
        const copy = Buffer.from(bytes)
        if (fault.kind !== "cut-request") return pass(client, copy)
        client.data.peer?.write(copy.subarray(0, copy.length / 2))
        cut(client)
      },
      close: (client) => void client.data.peer?.end(),
    },
  })
  return {
    port: server.port,
    setFault(next) {
      fault = next
    },
    get cuts() {
      return cuts
    },
    [Symbol.dispose]: () => server.stop(true),
  }
}
