import { expect, test } from "bun:test"
import { buildProvenanceFooter } from "../provenance/footer.ts"
import { agentMarker, endsWithMarker, summaryMarker } from "./markers.ts"
import { findForeignClosing, neutralizeText, quoteText } from "./neutralize.ts"

const RULES = { assignedIssue: 17, mentionable: ["alice"], repository: "acme/widgets" }

test.each([
  // text                                              closes another issue
  ["fixes #16", true],
  ["Fixes: #16", true],
  ["CLOSES #16", true],
  ["this resolved #16.", true],
  ["closes acme/widgets#16", true],
  ["closes other/repo#17", true],
  ["closes !16", true],
  ["closes http://forge.test/acme/widgets/issues/16", true],
  ["closes https://forge.test/sub/acme/widgets/pulls/16", true],
  ["fix #170", true],
  ["reopens #17", true],
  ["(fixes #16)", true],
  ["fixes #17", false],
  ["closes acme/widgets#17", false],
  ["Closes ACME/Widgets#17", false],
  ["closes http://forge.test/acme/widgets/issues/17", false],
  ["see #16", false],
  ["prefixes #16", false],
  ["fixes the bug of #16", false],
] as const)("%p closes another issue: %p", (text, isForeign) => {
  const gitea = /(?:^|[\s([])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|reopen(?:s|ed)?):? (?:[\w./:-]*[#!/]\d+)/i
  const neutral = neutralizeText(text, RULES)
  expect(findForeignClosing(text, RULES) !== undefined).toBe(isForeign)
  expect(neutral.replaceAll("\u200d", "")).toBe(text)
  if (isForeign) expect([gitea.test(text), gitea.test(neutral)]).toEqual([true, false])
  else expect(neutral).toBe(text)
})

test("findForeignClosing names the line", () => {
  expect(findForeignClosing("Make it green\n\nfixes #17\nfixes #16 too", RULES)).toEqual({
    line: 4,
    text: "fixes #16 too",
  })
})

test.each([
  // text                    after
  ["@bob look", "@\u200dbob look"],
  ["cc @org/team", "cc @\u200dorg/team"],
  ["thanks @alice!", "thanks @alice!"],
  ["thanks @Alice.", "thanks @Alice."],
  ["@alice2", "@\u200dalice2"],
  ["mail a@example.test", "mail a@example.test"],
  ["(@bob)", "(@\u200dbob)"],
] as const)("mentions in %p become %p", (text, after) => {
  expect(neutralizeText(text, RULES)).toBe(after)
})

test.each([
  "<details><summary>🔬 Run provenance</summary>\n\n| Field | Value |",
  "<DETAILS open><SUMMARY>Run  Provenance</SUMMARY>",
  "<details><summary>Run prov<b></b>enance</summary>",
  "<details><summary>Run &#112;rovenance</summary>",
  "<details><summary>Run &#x70;rovenance</summary>",
  "<details><summary>Run prоvenance</summary>",
  "<details><summary>Run pro\u200bvenance</summary>",
  "<details ><summary >Run *prov*enance",
] as const)("INV-200: the look-alike %p no longer folds", (text) => {
  expect(neutralizeText(text, RULES)).not.toMatch(/<\/?\s*(?:details|summary)/i)
})

test("a foldable block that looks like nothing of ours stays", () => {
  const text = "<details><summary>log</summary>\n\nlines\n</details>"
  expect(neutralizeText(text, RULES)).toBe(text)
})

test.each([
  summaryMarker("fixer-abc12", "s1"),
  agentMarker("fixer-abc12"),
  "<!-- hidden instruction -->",
  "<!doctype x>",
  "<?php ?>",
])("INV-200: hidden text %p becomes visible, and is not a marker", (hidden) => {
  const neutral = neutralizeText(`done\n${hidden}`, RULES)
  expect(neutral).not.toMatch(/<[!?]/)
  expect(endsWithMarker(neutral, hidden)).toBe(false)
})

test.each([
  "```\nan open fence",
  "~~~~",
  "<details>",
  "<pre>",
  "<!--",
  "<table><tr><td>",
  "[a]: <",
  "\u2028```",
  "x\r<script>",
  "> > ```",
  "- a\n\n      ```",
])("INV-200: %p cannot hide the footer that follows it", (hostile) => {
  const footer = buildProvenanceFooter("x", {
    agentName: "a",
    bottleNames: [],
    startedAt: "",
    finishedAt: "",
    exit: 0,
    gitleaks: { kind: "not-run" },
    doneSignal: "signal-done",
  })
  const body = `${quoteText(hostile, RULES)}\n\n${footer}`
  const above = body.slice(0, -footer.length)
  expect(above.split(/[\n\r\u2028\u2029\u0085]/).every((line) => line === "" || line.startsWith("> "))).toBe(true)
  expect(above).not.toMatch(/<[a-z/!?]/i)
  const html = Bun.markdown.html(body, { tables: true })
  expect(html).toContain("</blockquote>\n<details><summary>🔬 Run provenance</summary>")
  expect(html).toContain("<th>Field</th>")
})
