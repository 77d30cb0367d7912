// Keeps connections to upstreams for the next exchange.
//
// A connection comes back only when both messages of its exchange ended where their framing says
// and nothing waits. A request that must not be sent twice gets a connection used just now.
// A server may be closing an older one, and then nobody knows what it has read.

import type { Home, Upstream } from "./upstream.ts"

export interface Pool extends Home {
  /** `age`: `fresh` for what must not be sent twice. Undefined when a connection is to be dialled. */
  take(place: object, age: "any" | "fresh"): Upstream | undefined
  /** Ends what is idle, for one place or for all: what they lead to may have changed. */
  clear(): void
  close(): void
}

/** Longer, and a server may be closing it. */
const FRESH_MS = 3_000
const MAX_IDLE = 128
/** Of all places: a wildcard has any number of them, and each connection is a descriptor of the proxy. */
const MAX_IDLE_IN_ALL = 1024
const SWEEP_MS = 1_000

export function createPool(nowMs: () => number = () => performance.now(), maxIdleInAll = MAX_IDLE_IN_ALL): Pool {
  const idle = new Map<object, Upstream[]>()
  let count = 0
  const timer = setInterval(sweep, SWEEP_MS)
  timer.unref()

  function sweep(): void {
    const atMs = nowMs()
    for (const [place, list] of idle) {
      while (list[0] !== undefined && atMs - list[0].idleSinceMs > list[0].idleMs) {
        list.shift()?.destroy()
        count -= 1
      }
      if (list.length === 0) idle.delete(place)
    }
  }

  function clear(): void {
    for (const list of idle.values()) for (const upstream of list) upstream.destroy()
    idle.clear()
    count = 0
  }

  /** Of the place that has had idle connections for the longest time. */
  function dropOldest(): void {
    for (const [place, list] of idle) {
      const oldest = list.shift()
      if (list.length === 0) idle.delete(place)
      if (oldest === undefined) continue
      oldest.destroy()
      count -= 1
      return
    }
  }

  return {
    take(place, age) {
      const list = idle.get(place)
      if (list === undefined) return undefined
      const atMs = nowMs()
      for (let upstream = list.pop(); upstream !== undefined; upstream = list.pop()) {
        count -= 1
        const idleMs = atMs - upstream.idleSinceMs
        if (upstream.isClosed || upstream.hasEnded || idleMs > upstream.idleMs) {
          upstream.destroy()
          continue
        }
        if (age === "fresh" && idleMs > FRESH_MS) {
          list.push(upstream)
          count += 1
          return undefined
        }
        upstream.uses += 1
        return upstream
      }
      return undefined
    },
    put(upstream) {
      upstream.user = undefined
      upstream.out.source = undefined
      if (upstream.isClosed || upstream.hasEnded || upstream.out.isWaiting) {
        upstream.destroy()
        return
      }
      upstream.resume()
      upstream.reader.reset()
      let list = idle.get(upstream.key)
      if (list === undefined) {
        list = []
        idle.set(upstream.key, list)
      }
      if (list.length >= MAX_IDLE) {
        list.shift()?.destroy()
        count -= 1
      }
      upstream.idleSinceMs = nowMs()
      list.push(upstream)
      count += 1
      if (count > maxIdleInAll) dropOldest()
    },
    forget(upstream) {
      const list = idle.get(upstream.key)
      const at = list?.indexOf(upstream) ?? -1
      if (at === -1) return
      list?.splice(at, 1)
      count -= 1
    },
    clear,
    close() {
      clearInterval(timer)
      clear()
    },
  }
}
