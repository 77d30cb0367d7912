import { expect, test } from "bun:test"
import { parseOrder } from "./parse-order.ts"

const START = {
  kind: "start",
  argv: ["sh"],
  env: { A: "b" },
  cwd: "/w",
  rlimits: ["--nproc=5"],
  egressSocket: "/s",
  egressTimeoutMs: 100,
  proxyPort: 3128,
  transparent: { proxyHost: "h", dnsPort: 53, ports: [443] },
  selfTest: { listedHost: "a", unlistedHost: "b", caFile: "PEM" },
  terminal: { columns: 80, rows: 24 },
}

test.each([
  START,
  { ...START, transparent: undefined, selfTest: undefined, terminal: undefined },
  { kind: "resize", size: { columns: 1, rows: 1 } },
  { kind: "signal", signal: "SIGINT" },
  { kind: "exec", id: 1, argv: ["ls"], env: {} },
  { kind: "exec-input", id: 1, data: "" },
  { kind: "exec-room", id: 1, bytes: 5 },
  { kind: "exec-resize", id: 1, size: { columns: 80, rows: 24 } },
  { kind: "exec-signal", id: 1, signal: "SIGKILL" },
])("an order of the launcher is read whole: %j", (order) => {
  const sent = JSON.parse(JSON.stringify(order))
  expect<unknown>(parseOrder(JSON.stringify(order))).toEqual(sent)
})

test.each([
  "",
  "null",
  "[]",
  '"start"',
  '{"kind":"stop"}',
  '{"kind":"toString"}',
  '{"kind":"resize"}',
  '{"kind":"resize","size":{"columns":80}}',
  '{"kind":"resize","size":{"columns":1e9,"rows":1}}',
  '{"kind":"resize","size":{"columns":80,"rows":24},"more":1}',
  '{"kind":"signal","signal":"SIGSTOP"}',
  '{"kind":"exec","id":1,"argv":[],"env":{}}',
  '{"kind":"exec","id":1,"argv":["a\\u0000b"],"env":{}}',
  '{"kind":"exec","id":-1,"argv":["a"],"env":{}}',
  '{"kind":"exec","id":1,"argv":["a"],"env":{"A":1}}',
  '{"kind":"exec-input","id":1,"data":"%"}',
  '{"kind":"exec-room","id":1,"bytes":1.5}',
  JSON.stringify({ ...START, proxyPort: -1 }),
  JSON.stringify({ ...START, transparent: { proxyHost: "h", dnsPort: 53, ports: ["443"] } }),
  JSON.stringify({ ...START, argv: undefined }),
])("anything else is not an order: %s", (line) => {
  expect(parseOrder(line)).toBeUndefined()
})
