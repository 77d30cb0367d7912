// The stand-in's HTTPS listener: reads each request whole and hands it on.
//
// node:https and not Bun.serve, because only there can a response be cut by closing its
// socket: an erroring Bun response prints a stack for what the test asked for.

import type { IncomingMessage } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { Answers } from "./answers.ts"
import type { ServerCertificate } from "./certificate.ts"
import type { ReceivedRequest } from "./exchange.ts"
import { sendAnswer } from "./send-answer.ts"
import { createSockets } from "./sockets.ts"

export interface ListenOptions {
  readonly certificate: ServerCertificate
  readonly port: number
  readonly answers: Answers
  readonly sockets: "accept" | "refuse"
}

export interface Listener {
  readonly port: number
  readonly abandoned: number
  close(): Promise<void>
}

export async function listen({ certificate, port, answers, sockets: manners }: ListenOptions): Promise<Listener> {
  let abandoned = 0
  const tls = { key: certificate.keyPem, cert: certificate.chainPem }
  const server = createServer(tls, async (incoming, outgoing) => {
    try {
      const request = await receive(incoming)
      if ((await sendAnswer(outgoing, await answers.answer(request))) === "abandoned") abandoned++
    } catch {
      // The client left in the middle of its request, or the caller's reply function threw:
      // either way there is no answer, and the client sees a closed connection.
      outgoing.destroy()
    }
  })

  const sockets = createSockets({ answers, manners, onAbandoned: () => abandoned++ })
  const upgraded = new Set<Socket>()
  server.on("upgrade", (incoming: IncomingMessage, connection: Socket, head: Buffer) => {
    upgraded.add(connection)
    connection.once("close", () => upgraded.delete(connection)).on("error", () => {})
    sockets.upgrade(incoming, connection, head, headOf(incoming)).catch(() => connection.destroy())
  })

  const listening = Promise.withResolvers<void>()
  server.once("error", listening.reject)
  server.listen(port, "127.0.0.1", listening.resolve)
  await listening.promise

  return {
    port: (server.address() as AddressInfo).port,
    get abandoned() {
      return abandoned
    },
    async close() {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      for (const connection of upgraded) connection.destroy()
      await closed.promise
    },
  }
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return { ...headOf(incoming), body: Buffer.concat(chunks).toString() }
}

function headOf({ method = "", url = "", rawHeaders }: IncomingMessage): ReceivedRequest {
  return { method, path: url, headers: joinHeaders(rawHeaders), body: "" }
}

function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase()
    const value = raw[i + 1] ?? ""
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
