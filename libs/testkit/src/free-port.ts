// A port of the loopback for a server that must be told its number: a program under test, or a database.

import { readFileSync } from "node:fs"

const COUNT = 10_000

/**
 * Nobody listens there now, and it is none of those that the kernel gives to connections: it stays free until the
 * server has it.
 */
export function findFreePort(): number {
  const [first = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t").map(Number)
  for (;;) {
    const port = first - 1 - Math.floor(Math.random() * COUNT)
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true)
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error
    }
  }
}
