import { expect, test } from "bun:test"
import { generateKeyPairSync } from "node:crypto"
import { loadTokenPatterns } from "./token-patterns.ts"

const LETTERS = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7jKl0nOp"

// Put together here, so that no scanner of this repository finds them.
// biome-ignore format: a table
test.each([
  ["github",     `ghp${"_"}${LETTERS.slice(0, 36)}`],
  ["slack",      `xoxb${"-"}123456789012-123456789012-${LETTERS.slice(0, 24)}`],
  ["npm",        `npm${"_"}${LETTERS.slice(0, 36)}`],
  ["privatekey", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }).toString()],
] as const)("what looks like a credential of %s is found, far into a text and across its pieces", async (rule, token) => {
  const { find } = await loadTokenPatterns()
  for (const before of [0, 100, 28_660, 32_760, 60_000]) {
    const text = `${"word ".repeat(before / 5)} ${token} and so on`
    const findings = find(Buffer.from(text))
    expect(findings.map(({ detector }) => detector)).toContain(`token_patterns: ${rule}`)
    expect(findings.some(({ start, end }) => start <= text.indexOf(token) + 4 && end > text.indexOf(token))).toBe(true)
  }
})

test("ordinary code and text hold nothing", async () => {
  const { find } = await loadTokenPatterns()
  const code = await Bun.file(import.meta.path).text()
  expect(find(Buffer.from(`${code}\nconst key = process.env.API_KEY ?? "placeholder"\n`))).toEqual([])
})
