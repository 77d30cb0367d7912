import { expect, test } from "bun:test"
import { type Dlp, Secret } from "@bot-bottle/contracts"
import { route } from "../testing/test-proxy.ts"
import { createOutboundScan } from "./outbound-scan.ts"

const SECRET = "Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5Td9Gf2Hj"
/** As long as what is looked at in one step. */
const STEP = 256 * 1024

// biome-ignore format: a table
test.each([
  // characters before  what they are
  [0,                   "a"],
  [STEP - 16,           "a"],
  [STEP - 12,           "ü"],
  [3 * STEP - 5,        "世"],
  [4 * STEP - 1,        "🎉"],
  [4 * STEP,            "a"],
] as const)("INV-110: a credential in a large message, %i characters into it, is found, or masked where it stood", async (before, filler) => {
  const padding = filler.repeat(before / filler.length)
  const text = `${padding}${SECRET}${filler.repeat(2 * STEP)}`
  expect(await scanOf("block").scanMessage(text)).toMatchObject({ outcome: "found", finding: { detector: "known_secrets" } })
  const masked = await scanOf("redact").scanMessage(text)
  expect(masked.outcome === "masked" && masked.kept === text.replace(SECRET, "*".repeat(SECRET.length))).toBe(true)
  // Control: twelve characters are needed.
  const clean = text.replace(SECRET, SECRET.slice(0, 11))
  expect(await scanOf("redact").scanMessage(clean)).toEqual({ outcome: "clean", kept: clean })
})

test("others have their turn while a large message, or a body, is looked at", async () => {
  const order: string[] = []
  const note = (what: string) => order.push(what)
  const text = "a".repeat(8 * STEP)
  const message = Promise.resolve(scanOf("block").scanMessage(text)).then(() => note("message"))
  const body = scanOf("block")
    .scanWhole(Buffer.from(text))
    .then(() => note("body"))
  await Promise.all([message, body, Bun.sleep(0).then(() => note("other"))])
  expect(order[0]).toBe("other")
})

function scanOf(outbound: Dlp["outbound"]) {
  const dlp: Dlp = { outbound, detect: ["known_secrets"] }
  const own = route("api.example.com", { secret: new Secret(SECRET), dlp })
  const scan = createOutboundScan([own], "refuse").forRoute(own)
  if (scan === undefined || scan instanceof Promise) throw new Error("no scan")
  return scan
}
