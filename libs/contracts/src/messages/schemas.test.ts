import { describe, expect, test } from "bun:test"
import { Secret } from "../secret.ts"
import { backgroundOrderSchema, backgroundReportSchema } from "./background.ts"
import { bindRecordSchema, guardOrderSchema, guardReportSchema } from "./bind-record.ts"
import { controlRoutesSchema, controlStatusSchema } from "./control-answer.ts"
import { egressEventSchema } from "./egress-event.ts"
import { launchRecordSchema } from "./launch-record.ts"
import {
  encodeProxyConfig,
  encodeRunPolicy,
  type ProxyConfig,
  parseProxyConfig,
  parseRunPolicy,
} from "./proxy-config.ts"
import { proxyReportSchema } from "./proxy-report.ts"
import { encodeRunLease, parseRunLease, runLeaseSchema } from "./run-lease.ts"
import { encodeRunMetadata, type RunMetadata, runMetadataSchema } from "./run-metadata.ts"
import { sessionInputSchema, sessionOutputSchema, sessionRequestSchema } from "./session.ts"
import { checkMessage, type MessageSchema } from "./shapes/parse-message.ts"

const SIZE = { columns: 80, rows: 24 }
const BUDGETS = {
  chain: [
    { kind: "run", key: "r-abc12" },
    { kind: "host", key: "" },
  ],
  declared: [
    { scope: { kind: "host", key: "" }, provider: "claude", limitTokens: 5, window: "day", source: "settings" },
  ],
  ceilings: [],
  gate: "reserve",
  gateExact: true,
  cacheReadWeight: 0.1,
  policy: "freeze",
} as const
const ROUTE = {
  host: "*.example.com",
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: [{ methods: ["GET"], paths: [{ type: "prefix", value: "/a" }], headers: [{ name: "x", value: "y" }] }],
} as const
const ARMED = {
  ...ROUTE,
  injection: { header: "x-api-key", template: "{secret}", withHeaders: { "x-account": "a" } },
  metering: { provider: "claude", api: "anthropic-messages" },
  dlp: { outbound: "block", detect: ["known_secrets"] },
  origin: "provider claude",
  secret: new Secret("sk-real"),
} as const
const CONFIG: ProxyConfig = {
  slug: "r-abc12",
  ledgerPath: "/h/bot-bottle.db",
  guestShare: "/h/share",
  egressFolder: "/h/egress",
  lease: { askedAtMs: 1_000, servesMs: 4_500 },
  upstreamCa: "PEM",
  systemRoots: "PEM",
  routes: [ARMED],
  resolve: { "api.example.com": "127.0.0.1:9" },
  budgets: BUDGETS,
  logLevel: 1,
  serverTools: "trim",
}
const PLAN = {
  folder: "/p",
  pinned: ["a"],
  readOnly: [".git/hooks"],
  placeholders: [
    { path: ".git/commondir", kind: { text: ".\n" } },
    { path: ".envrc", kind: "folder" },
  ],
  known: ["gr\u00f6\u00dfe"],
  hide: ["!.env.test"],
}
const METADATA: RunMetadata = {
  agent: "a",
  bottles: ["b"],
  ancestors: ["c"],
  cwd: "/p",
  workspace: "bind",
  mode: "headless",
  provider: "claude",
  backend: "docker",
  label: "l",
  color: "red",
  startedAt: "2026-01-01T00:00:00+00:00",
  frozenAt: "2026-01-02T00:00:00+00:00",
  resumedAt: "2026-01-03T00:00:00+00:00",
  toolchainVersion: "1.2.3",
  policyHash: "ab",
  manifestHash: "cd",
}
const ORDER = {
  cwd: "/p",
  terminal: SIZE,
  answers: [{ prompt: "KEY", text: "x" }],
  confirmed: { policyHash: "a", manifestHash: "b" },
}
const START = {
  agent: "a",
  agentArguments: ["--x"],
  headless: true,
  prompt: "p",
  bottle: ["b"],
  label: "l",
  color: "red",
  backend: "bwrap",
  image: "i",
  budget: "1",
  shutdown: "kill",
  cwd: true,
  workspace: "copy",
  detach: true,
  dryRun: false,
}
const RESUME = {
  slug: "s",
  agentArguments: [],
  headless: true,
  prompt: "p",
  budget: "1",
  shutdown: "kill",
  detach: true,
  dryRun: true,
}
const BUDGET = {
  provider: "claude",
  scope: { kind: "host", key: "" },
  limitTokens: 1,
  usedTokens: 2,
  reservedTokens: 3,
  requestAmount: 4,
  window: "total",
  isCeiling: true,
}
const EVENT = {
  at: "t",
  kind: "denied",
  reason: "dlp-match",
  method: "GET",
  host: "h",
  port: 443,
  path: "/",
  status: 403,
  rule: "r",
  detector: "d",
  durationMs: 1.5,
}

// biome-ignore format: a table
test.each([
  ["attach",             sessionRequestSchema,   { kind: "attach", protocol: 1, terminal: SIZE }],
  ["exec",               sessionRequestSchema,   { kind: "exec", protocol: 1, argv: ["sh"], env: { A: "b" }, terminal: SIZE }],
  ["input",              sessionInputSchema,     { kind: "input", data: "aGk=" }],
  ["end of input",       sessionInputSchema,     { kind: "input", data: "" }],
  ["took",               sessionInputSchema,     { kind: "took", bytes: 256 * 1024 }],
  ["resize",             sessionInputSchema,     { kind: "resize", size: { columns: 1000, rows: 1000 } }],
  ["signal",             sessionInputSchema,     { kind: "signal", signal: "SIGINT" }],
  ["output",             sessionOutputSchema,    { kind: "output", stream: "stdout", data: Buffer.alloc(32 * 1024).toString("base64") }],
  ["ended",              sessionOutputSchema,    { kind: "ended", exitCode: 137, lines: ["frozen"] }],
  ["warning",            proxyReportSchema,      { kind: "warning", percent: 90, budget: BUDGET }],
  ["failed",             proxyReportSchema,      { kind: "failed", message: "m", hint: "h" }],
  ["provider away",      proxyReportSchema,      { kind: "provider-away", host: "a.example.com", reason: "upstream-tls" }],
  ["status",             controlStatusSchema,    { protocol: 1, slug: "s", egress: "cut", openStreams: 0, requests: 1, denied: 2 }],
  ["lease",              runLeaseSchema,         { askedAtMs: 0, servesMs: 4_500 }],
  ["routes",             controlRoutesSchema,    { protocol: 1, routes: [ROUTE, { ...ROUTE, matches: "every" }] }],
  ["event",              egressEventSchema,      EVENT],
  ["launch record",      launchRecordSchema,     { budgets: BUDGETS, bottle: "1:2:b-3", repoFolder: "/r", shutdown: "kill", image: "i" }],
  ["bind record",        bindRecordSchema,       { slug: "s", plan: PLAN, guard: "1:2:b-3", owners: ["1:2:b-3"], quarantine: "/q" }],
  ["guard order",        guardOrderSchema,       { kind: "guard", root: "/h", slug: "s", plan: PLAN, quarantine: "/q", launcher: "1:2:b-3" }],
  ["bottle order",       guardOrderSchema,       { kind: "bottle", processes: ["1:2:b-3"] }],
  ["guard's end",        guardReportSchema,      { kind: "ended", quarantined: [{ path: "a", to: "b", why: "c" }], problems: ["d"] }],
  ["start order",        backgroundOrderSchema,  { ...ORDER, command: "start", flags: START }],
  ["resume order",       backgroundOrderSchema,  { ...ORDER, command: "resume", flags: RESUME }],
  ["problem",            backgroundReportSchema, { kind: "problem", message: "m", hint: "h", exitCode: 2 }],
] as const)("%s: nothing of a whole message is lost", (_name, schema, message) => {
  expect<unknown>(checkMessage(schema as MessageSchema, message)).toEqual({ outcome: "parsed", message })
})

// biome-ignore format: a table
test.each([
  // schema                message                                                                   problem
  [sessionRequestSchema,   { kind: "attach", protocol: 1, terminal: "yes" },                          "'terminal' is invalid: expected Object"],
  [sessionRequestSchema,   { kind: "exec", protocol: 1 },                                             "'argv' is missing"],
  [sessionRequestSchema,   { kind: "exec", protocol: 1, argv: [], env: {} },                          "'argv' is invalid: expected >=1"],
  [sessionRequestSchema,   { kind: "exec", protocol: 1, argv: ["a\0b"], env: {} },                    "'argv.0' is invalid: expected no NUL character"],
  [sessionRequestSchema,   { kind: "exec", protocol: 1, argv: ["a"], env: { A: 1 } },                 "'env.A' is invalid: expected string"],
  [sessionRequestSchema,   { kind: "exec", protocol: 1, argv: ["a"], env: ["A"] },                    "'env' is invalid: expected an object"],
  [sessionInputSchema,     { kind: "input" },                                                         "'data' is missing"],
  [sessionInputSchema,     { kind: "input", data: "a" },                                              "'data' is invalid: expected base64"],
  [sessionInputSchema,     { kind: "input", data: Buffer.alloc(256 * 1024 + 3).toString("base64") },  "'data' is invalid: expected <=349528"],
  [sessionInputSchema,     { kind: "resize" },                                                        "'size' is missing"],
  [sessionInputSchema,     { kind: "resize", size: { columns: 1e9, rows: 24 } },                      "'size.columns' is invalid: expected <=1000"],
  [sessionInputSchema,     { kind: "resize", size: { columns: 0, rows: 24 } },                        "'size.columns' is invalid: expected >=1"],
  [sessionInputSchema,     { kind: "took", bytes: -1 },                                               "'bytes' is invalid: expected >=0"],
  [sessionInputSchema,     { kind: "signal", signal: "SIGKILL" },                                     `'signal' is invalid: expected ("SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT")`],
  [proxyReportSchema,      { kind: "budget-exhausted" },                                              "'budget' is missing"],
  [controlStatusSchema,    { protocol: 1, slug: "s", egress: "ajar", openStreams: 0, requests: 0, denied: 0 }, `'egress' is invalid: expected ("open" | "cut")`],
  [runLeaseSchema,         { askedAtMs: 1.5, servesMs: 1 },                                           "'askedAtMs' is invalid: expected safe integer"],
  [runLeaseSchema,         { askedAtMs: 1, servesMs: 60_001 },                                        "'servesMs' is invalid: expected <=60000"],
  [runLeaseSchema,         { servesMs: 1 },                                                           "'askedAtMs' is missing"],
  [launchRecordSchema,     { budgets: { ...BUDGETS, chain: undefined } },                             "'budgets.chain' is missing"],
  [launchRecordSchema,     { budgets: BUDGETS, bottle: "12" },                                        "'bottle' is invalid: expected a process identity"],
  [bindRecordSchema,       { slug: "s", plan: { ...PLAN, pinned: ["../../etc"] }, guard: "1:2:b", owners: [], quarantine: "/q" }, "'plan.pinned.0' is invalid: expected a path inside the folder"],
  [bindRecordSchema,       { slug: "s", plan: { ...PLAN, known: ["/etc"] }, guard: "1:2:b", owners: [], quarantine: "/q" },       "'plan.known.0' is invalid: expected a path inside the folder"],
  [backgroundOrderSchema,  { ...ORDER, command: "start", flags: { agent: "a" } },                     "'flags.agentArguments' is missing"],
  [backgroundOrderSchema,  { ...ORDER, command: "start", flags: { ...START, shutdown: "explode" } },  `'flags.shutdown' is invalid: expected ("cutoff" | "freeze" | "kill")`],
  [backgroundOrderSchema,  { ...ORDER, command: "start", flags: { ...START, workspace: "all" } },     `'flags.workspace' is invalid: expected ("copy" | "bind" | "empty")`],
  [backgroundOrderSchema,  { ...ORDER, command: "stop" },                                             `'command' is invalid: expected ("start" | "resume")`],
] as const)("a message of a wrong shape is refused by name: %#", (schema, message, problem) => {
  expect(checkMessage(schema as MessageSchema, message)).toEqual({ outcome: "invalid", reason: "wrong-shape", problem })
})

describe("a proxy's configuration", () => {
  test("INV-10: arrives whole, its credentials as secrets", () => {
    const line = encodeProxyConfig(CONFIG)
    expect(parseProxyConfig(line)).toEqual({ outcome: "parsed", message: CONFIG })
    const read = parseProxyConfig(line)
    if (read.outcome === "invalid") throw new Error(read.problem)
    expect(read.message.routes[0]?.secret?.reveal()).toBe("sk-real")
    expect(JSON.stringify(read)).not.toContain("sk-real")
  })

  test("its policy alone is what a reload carries", () => {
    const { routes, resolve, budgets, logLevel, serverTools } = CONFIG
    const policy = { routes, resolve, budgets, logLevel, ...(serverTools === undefined ? {} : { serverTools }) }
    expect(parseRunPolicy(encodeRunPolicy(CONFIG))).toEqual({ outcome: "parsed", message: policy })
  })
})

describe("a run's metadata", () => {
  test("comes back whole from its file", () => {
    expect(checkMessage(runMetadataSchema, JSON.parse(encodeRunMetadata(METADATA)))).toEqual({
      outcome: "parsed",
      message: METADATA,
    })
  })

  test("of an older build gets defaults for the keys it lacks", () => {
    expect(checkMessage(runMetadataSchema, { agent: "a" })).toEqual({
      outcome: "parsed",
      message: {
        agent: "a",
        bottles: [],
        ancestors: [],
        mode: "interactive",
        provider: "",
        backend: "bwrap",
        label: "",
        color: "",
        startedAt: "",
      },
    })
  })
})

test("a lease is read as it was written, and one of another protocol is refused", () => {
  const lease = { askedAtMs: 12_345, servesMs: 4_500 }
  expect(parseRunLease(encodeRunLease(lease))).toEqual({ outcome: "parsed", message: lease })
  expect(parseRunLease(JSON.stringify({ ...lease, protocol: 9 })).outcome).toBe("invalid")
})
