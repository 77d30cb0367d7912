import { expect, test } from "bun:test"
import { createPool, type Pool } from "./pool.ts"
import { Upstream } from "./upstream.ts"

test("idle connections of all places together are bounded: the longest idle place gives one up", () => {
  const pool = createPool(() => 0, 3)
  const places = [{}, {}, {}, {}, {}]
  const upstreams = places.map((place) => idleTo(pool, place))
  expect(upstreams.map(({ isClosed }) => isClosed)).toEqual([true, true, false, false, false])
  expect(places.map((place) => pool.take(place, "any") !== undefined)).toEqual([false, false, true, true, true])
  // The pool no longer counts the connections it gave out.
  expect(places.slice(0, 3).map((place) => idleTo(pool, place).isClosed)).toEqual([false, false, false])
  pool.close()
})

test("a connection that its upstream has ended is nobody's", () => {
  const pool = createPool(() => 0)
  const place = {}
  const upstream = idleTo(pool, place)
  upstream.hasEnded = true
  expect([pool.take(place, "any"), upstream.isClosed]).toEqual([undefined, true])
  pool.close()
})

function idleTo(pool: Pool, place: object): Upstream {
  const socket = { write: (bytes: Uint8Array) => bytes.length, end() {}, terminate() {}, pause() {}, resume() {} }
  const upstream = new Upstream(socket as unknown as Bun.Socket<unknown>, place, pool)
  pool.put(upstream)
  return upstream
}
