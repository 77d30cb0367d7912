import { expect, test } from "bun:test"
import { parseFixture } from "./fixture.ts"

const text = `The text that it shows.

-- streaming --
event: a
data: -- not a section --

-- expect --
{"inputTokens": 5}
`

test("parseFixture gives each section's text as it stands, and what to expect", () => {
  const fixture = parseFixture("a.http", text)
  expect({ ...fixture, section: fixture.section("streaming"), expected: fixture.expected() }).toEqual({
    about: "The text that it shows.",
    sections: ["streaming", "expect"],
    section: "event: a\ndata: -- not a section --\n\n",
    expected: { inputTokens: 5 },
  })
})

test("parseFixture names a section that is missing, or there twice", () => {
  expect(() => parseFixture("a.http", text).section("blocking")).toThrow(
    'Fixture a.http has no "-- blocking --" section',
  )
  expect(() => parseFixture("a.http", text + text)).toThrow('Fixture a.http has two "-- streaming --" sections')
})
