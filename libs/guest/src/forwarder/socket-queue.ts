// Writes to one socket in order, no faster than the socket takes it.
//
//   INV-8  Bytes leave in the order they came: after one partial write everything queues behind it
//          until the socket drains.

export interface SocketQueue {
  write(bytes: Uint8Array): void
  /** In front of what waits. Only while nothing was sent: half a chunk could be on its way. */
  writeFirst(bytes: Uint8Array): void
  /** Call when the socket has room again. */
  drain(): void
  /** Drops what waits: the socket is gone. */
  clear(): void
  /** Bytes that the socket has not taken yet. */
  readonly waitingBytes: number
}

/** `send` takes what it can and says how many bytes that was; below zero when the socket is closed. */
export function createSocketQueue(send: (bytes: Uint8Array) => number): SocketQueue {
  const queue: Uint8Array[] = []
  let waitingBytes = 0
  const clear = () => {
    queue.length = 0
    waitingBytes = 0
  }
  const drain = () => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const taken = send(next)
      if (taken < 0) return clear()
      waitingBytes -= taken
      if (taken < next.byteLength) {
        queue[0] = next.subarray(taken)
        return
      }
      queue.shift()
    }
  }
  return {
    write(bytes) {
      queue.push(bytes)
      waitingBytes += bytes.byteLength
      // With something before it, the socket is full, and will say when it is not.
      if (queue.length === 1) drain()
    },
    writeFirst(bytes) {
      queue.unshift(bytes)
      waitingBytes += bytes.byteLength
    },
    drain,
    clear,
    get waitingBytes() {
      return waitingBytes
    },
  }
}
