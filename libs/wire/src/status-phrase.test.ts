import { expect, test } from "bun:test"
import { STATUS_CODES } from "node:http"
import { statusPhrase } from "./status-phrase.ts"

const STATUSES = Array.from({ length: 500 }, (_, index) => index + 100)

test("a phrase is the one that node:http knows", () => {
  const known = STATUSES.filter((status) => statusPhrase(status) !== undefined)
  expect(known.map((status) => [status, statusPhrase(status)])).toEqual(
    known.map((status) => [status, STATUS_CODES[status]]),
  )
  expect(known).toContain(403)
})

test("a status of our own has none", () => {
  expect(statusPhrase(299)).toBeUndefined()
})
