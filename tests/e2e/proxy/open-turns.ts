// Sockets with a turn under way.

import { Database } from "bun:sqlite"
import { waitFor } from "@bot-bottle/testkit"
import {
  create,
  nextEvent,
  type SocketWorld,
  type SocketWorldOptions,
  startSocketWorld,
  USAGE,
} from "./socket-world.ts"

export async function settled(world: SocketWorld, requests: number): Promise<void> {
  const read = async () => {
    using ledger = new Database(world.ledgerPath, { readonly: true })
    const row = ledger.query("SELECT count(*) AS open FROM request WHERE status = 'reserved'").get() as { open: number }
    return (await world.usage()).requests >= requests && row.open === 0
  }
  await waitFor("every turn to be settled", read)
}

/** Sockets each of which waits for the rest of an answer. */
export async function startOpenTurns(count: number, options: SocketWorldOptions = {}) {
  const never = Promise.withResolvers<void>()
  const world = await startSocketWorld({
    standIn: {
      reply: () => ({
        text: "one two three",
        usage: USAGE,
        beforeEvent: (index) => (index < 5 ? undefined : never.promise),
      }),
    },
    ...options,
  })
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await world.open()
      client.socket.send(create())
      for (let event = 0; event < 5; event++) await nextEvent(client)
      return client
    }),
  )
  return {
    world,
    clients,
    finish: () => never.resolve(),
    async [Symbol.asyncDispose]() {
      never.resolve()
      for (const { socket } of clients) socket.terminate()
      await world[Symbol.asyncDispose]()
    },
  }
}
