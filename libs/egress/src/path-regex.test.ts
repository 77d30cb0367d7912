import { expect, test } from "bun:test"
import { parsePathRegex } from "./path-regex.ts"

// biome-ignore format: a table
test.each([
  // pattern                      path                      matches
  ["/repos/[^/]+/issues",         "/repos/acme/issues",     true],
  ["/repos/[^/]+/issues",         "/repos/a/b/issues",      false],
  ["/repos/[^/]+/issues",         "/x/repos/acme/issues",   false],
  ["/repos/[^/]+/issues",         "/repos/acme/issues/1",   false],
  ["^/v1/.*$",                    "/v1/",                   true],
  ["/v\\d+/(?:a|b){2,3}",         "/v12/aba",               true],
  ["/v\\d+/(a|b){2,3}",           "/v12/abab",              false],
  ["/a{2}",                       "/aa",                    true],
  ["/a{2,}",                      "/aaaaa",                 true],
  ["/a{2,}",                      "/a",                     false],
  ["/[a-c-]x?",                   "/-",                     true],
  ["/[a\\-c]",                    "/b",                     false],
  ["/a\\.b",                      "/axb",                   false],
  ["/A",                          "/a",                     false],
  ["/(|a)b",                      "/b",                     true],
  ["/(a*)*b",                     "/aaab",                  true],
  ["/\\w\\W\\D",                  "/a-x",                   true],
] as const)("parsePathRegex() %p against %p: %p", (pattern, path, matches) => {
  expect(compile(pattern)(path)).toBe(matches)
})

test("ignoreCase ignores it in literals, classes and ranges", () => {
  const matches = compile("/Ab[c-e][^x]", { ignoreCase: true })
  expect(["/abCf", "/ABDy", "/abdX", "/abf1"].map(matches)).toEqual([true, true, false, false])
})

// biome-ignore format: a table
test.each([
  ["(?=a)", "look-around"], ["(?<n>a)", "named group"], ["(a)\\1", "not in the subset"], ["a**", "quantifier after"],
  ["a+?", "quantifier after"], ["*a", "nothing before it"], ["a|{2}", "nothing before it"], ["(a", "not closed"],
  ["a)", "too many"], ["[a", "middle of something"], ["[]", "empty class"], ["[z-a]", "bad range"], ["a^b", "edge"],
  ["a$b", "edge"], ["a\\", "middle of something"], ["\\s", "not in the subset"], ["a{3,2}", "before its start"],
  ["a{101}", "more than 100"], ["", "is empty"], ["a b", "no path has"], ["é", "no path has"],
  ["(a{100}){100}", "more than 256 states"], ["(((((){100}){100}){100}){100}){100}", "repeats too often"],
  ["a".repeat(257), "longer than 256"],
])("parsePathRegex() refuses %p: %s", (pattern, words) => {
  const result = parsePathRegex(pattern, { ignoreCase: false })
  expect(result).toEqual({ kind: "problem", detail: expect.stringContaining(words) as never })
})

test("patterns that make a backtracking engine hang cost linear time", () => {
  const path = `/${"a".repeat(16_000)}`
  for (const pattern of ["/(a|a)*b", "/(a+)+b", "/(a*)*b", "/.*.*.*.*.*.*.*.*b", "/(a?){50}a*b"]) {
    const started = performance.now()
    expect(compile(pattern)(path)).toBe(false)
    expect(performance.now() - started).toBeLessThan(2000)
  }
})

test("parsePathRegex() agrees with JavaScript on 3000 generated patterns", () => {
  const random = generator(20_261_122)
  const pick = (texts: readonly string[]) => texts[random(texts.length)]!
  const atom = (depth: number): string =>
    depth > 2 || random(3) > 0 ? pick(["a", "b", ".", "[ab]", "[^a]", "\\d", "/"]) : `(?:${sequence(depth + 1)})`
  const sequence = (depth: number): string =>
    Array.from({ length: 1 + random(3) }, () => atom(depth) + pick(["", "", "*", "+", "?", "{1,2}"])).join("") +
    (random(4) === 0 ? `|${atom(depth)}` : "")

  for (let round = 0; round < 3000; round++) {
    const pattern = sequence(0)
    const path = Array.from({ length: random(7) }, () => pick(["a", "b", "/", "1"])).join("")
    expect([pattern, path, compile(pattern)(path)]).toEqual([pattern, path, new RegExp(`^(?:${pattern})$`).test(path)])
  }
})

function compile(pattern: string, options = { ignoreCase: false }): (path: string) => boolean {
  const result = parsePathRegex(pattern, options)
  if (result.kind === "problem") throw new Error(`${pattern} ${result.detail}`)
  return result.matches
}

/** Park and Miller's: the same patterns on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
