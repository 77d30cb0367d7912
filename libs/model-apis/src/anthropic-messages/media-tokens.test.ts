import { expect, test } from "bun:test"
import { estimateDocumentTokens } from "./media-tokens.ts"

const PAGE_TOKENS = 4600
const MOST = 600

// biome-ignore format: a table
test.each([
  ["one page",                        "/Type /Pages /Kids [3 0 R] /Count 1 /Type /Page",                   1],
  ["two, named once each",            "/Kids[3 0 R 4 0 R] /Count 2 /Type/Page /Type/Page",                 2],
  ["one object named over and over",  `/Kids [${"3 0 R ".repeat(400)}] /Count 400 /Type /Page`,            MOST],
  ["one branch named twice",          "/Kids [2 0 R 2 0 R] /Kids [3 0 R] /Type /Page",                     MOST],
  ["named with odd white space",      "/Kids [3 0 R 3\n0  R] /Type /Page",                                 MOST],
  ["pages that are not in sight",     "/Count 250 /Type /Page",                                            250],
  ["escaped names",                   "/K#69ds [3 0 R 3 0 R] /Type /P#61ge",                               MOST],
  ["more than any provider takes",    "/Count 999999999",                                                  MOST],
  ["no PDF at all",                   "hello",                                                             1],
] as const)("a PDF with %s is never taken for fewer pages than it may be", (_, pdf, pages) => {
  expect(estimateDocumentTokens({ type: "base64", data: btoa(pdf) })).toBe(pages * PAGE_TOKENS)
})
