// Examples of the messages of a run's services, of records on disk and of plugins. Those of launcher, proxy and clients
// are in schemas.test.ts.

import { expect, test } from "bun:test"
import { startFlagsSchema } from "./background.ts"
import { baselineHeadSchema, baselineLineSchema } from "./baseline.ts"
import { controlErrorSchema, controlStandingSchema } from "./control-answer.ts"
import { forgeEventSchema } from "./forge/forge-event.ts"
import { forgeLaunchSchema } from "./forge/forge-launch.ts"
import { launchFactsSchema } from "./forge/launch-facts.ts"
import { sidecarReportSchema } from "./forge/sidecar-report.ts"
import { manifestReportSchema, usageReportSchema } from "./host-event.ts"
import { keeperTaskSchema } from "./keeper-task.ts"
import {
  commandArgumentsSchema,
  configuredSchema,
  guestNeedsSchema,
  loginReadingSchema,
  placeholdersSchema,
} from "./provider-output.ts"
import { renewalOrderSchema, renewalReportSchema } from "./renewal-order.ts"
import { renewalRecordSchema } from "./renewal-record.ts"
import { screenIntentSchema, screenOrderSchema } from "./screen.ts"
import { terminalSizeSchema } from "./session.ts"
import { runBudgetsSchema } from "./shapes/budget-shapes.ts"
import { checkMessage, type MessageSchema } from "./shapes/parse-message.ts"
import { askSchema } from "./shapes/proposal-shapes.ts"
import { storedLoginSchema } from "./stored-login.ts"

const HASH = "a".repeat(64)
const KEY = {
  version: 1,
  provider: "claude",
  name: "default",
  savedAt: "2026-11-28T10:00:00+00:00",
  variable: "A_KEY",
  secret: "s",
}
const LOGIN = {
  version: 1,
  provider: "codex",
  name: "work",
  savedAt: "2026-11-28T10:00:00+00:00",
  file: "/h/auth.json",
}
const TASK = {
  engine: { cli: "/usr/bin/docker", env: { HOME: "/h" } },
  create: ["create", "x"],
  seccompProfile: "{}",
  controlChannelSocket: "/h/c.sock",
  uid: 70_000,
}
const BUDGETS = {
  chain: [{ kind: "host", key: "" }],
  declared: [],
  ceilings: [],
  gate: "reserve",
  gateExact: false,
  cacheReadWeight: 0.1,
  policy: "freeze",
}
const STANDING = { protocol: 1, routes: [], sealed: ["api.example.com"], budgets: BUDGETS, providers: ["claude"] }
const ORDER = {
  root: "/h",
  ledgerPath: "/h/l.db",
  provider: "codex",
  file: "/h/auth.json",
  refused: HASH,
  address: "1.2.3.4:443",
  roots: "PEM",
}
const RECORD = {
  version: 1,
  file: "/h/auth.json",
  spent: HASH,
  state: "answered",
  atMs: 1,
  answer: { status: 200, body: "{}" },
  expiresAtMs: 2,
  why: "w",
}
const FACTS = {
  launchId: "l",
  startedAt: "2026-11-28T10:00:00+00:00",
  policyHash: "p",
  commit: "",
  forge: { owner: "o", repo: "r", issueNumber: 1, webUrl: "https://g" },
  deniedRequests: 3,
  routes: ["a.example.com:443"],
}
const FILE = { path: ".config/a", content: "x", keepsOtherFields: true }
const FOUND = {
  outcome: "found",
  secret: "s",
  injection: { header: "authorization", template: "Bearer {secret}" },
  hosts: ["a.example.com"],
  held: { name: "n", details: { a: "b" } },
  isRenewable: true,
  expiresAtMs: 1,
  issuedAtMs: 0,
  account: "a",
}
const FIGURES = {
  requests: 1,
  refused_requests: 0,
  input_tokens: 1,
  output_tokens: 1,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  charged_tokens: 2,
}

// biome-ignore format: a table
test.each([
  ["a saved key",           storedLoginSchema,      KEY],
  ["a saved login",         storedLoginSchema,      LOGIN],
  ["a keeper's task",       keeperTaskSchema,       TASK],
  ["a ready service",       sidecarReportSchema,    { kind: "ready" }],
  ["a failed service",      sidecarReportSchema,    { kind: "failed", message: "m", hint: "h" }],
  ["how a proxy stands",    controlStandingSchema,  STANDING],
  ["a proxy's refusal",     controlErrorSchema,     { protocol: 1, error: { message: "m", hint: "h" } }],
  ["a run's budgets",       runBudgetsSchema,       BUDGETS],
  ["a renewal",             renewalOrderSchema,     ORDER],
  ["its report",            renewalReportSchema,    { outcome: "not-now", why: "w" }],
  ["its record",            renewalRecordSchema,    RECORD],
  ["done",                  forgeEventSchema,       { kind: "done", launchId: "l", status: "blocked", summary: "s", at: "t" }],
  ["a pull request",        forgeEventSchema,       { kind: "pull-request", number: 12 }],
  ["a launch that began",   forgeLaunchSchema,      { kind: "begun", launcher: "1:2:b-3" }],
  ["a launch that is up",   forgeLaunchSchema,      { kind: "up", slug: "s" }],
  ["facts of a launch",     launchFactsSchema,      FACTS],
  ["a baseline's head",     baselineHeadSchema,     { version: 1, source: "/p", hide: ["*.pem"] }],
  ["a file of it",          baselineLineSchema,     ["a/b", { kind: "file", executable: true, size: 1, hash: HASH, stamp: "s" }]],
  ["a link of it",          baselineLineSchema,     ["a", { kind: "link", target: "../b" }]],
  ["an ask for a route",    askSchema,              { kind: "route", host: "a.example.com", methods: ["GET"], paths: ["/v1"] }],
  ["an ask for tokens",     askSchema,              { kind: "budget", provider: "claude", tokens: 5 }],
  ["a plugin's arguments",  commandArgumentsSchema, ["--x", ""]],
  ["its placeholders",      placeholdersSchema,     { env: { A: "b" }, files: [FILE] }],
  ["its needs",             guestNeedsSchema,       { env: {}, files: [FILE], args: ["a"] }],
  ["its refusal",           configuredSchema,       { outcome: "refused", why: "w", hint: "" }],
  ["a login it found",      loginReadingSchema,     FOUND],
  ["an expired login",      loginReadingSchema,     { outcome: "expired", expiredAtMs: 1 }],
  ["a screen's outcome",    screenOrderSchema,      { kind: "outcome", text: "t", hint: null, is_problem: true }],
  ["a screen's page",       screenOrderSchema,      { kind: "page", slug: "s", page: "manifest", lines: ["l"] }],
  ["a wish on a screen",    screenIntentSchema,     { kind: "run", commands: [["freeze", "s"]] }],
  ["a read for a screen",   screenIntentSchema,     { kind: "read-past", after: null }],
  ["a terminal's size",     terminalSizeSchema,     { columns: 80, rows: 24 }],
  ["flags of a job",        startFlagsSchema,       { agent: "a", agentArguments: [], headless: true, prompt: "p" }],
  ["usage",                 usageReportSchema,      { rows: [{ ...FIGURES, cost_usd: 0.5, day: "2026-11-28" }] }],
  ["info",                  manifestReportSchema,   [{ kind: "run", name: "n", values: [{ key: "k", value: "v", origin: "o" }] }]],
] as const)("%s: nothing of a whole message is lost", (_name, schema, message) => {
  expect<unknown>(checkMessage(schema as MessageSchema, message)).toEqual({ outcome: "parsed", message })
})

// biome-ignore format: a table
test.each([
  [storedLoginSchema,      { ...KEY, variable: "PATH=" },                                  "variable"],
  [storedLoginSchema,      { ...LOGIN, file: "/h/a\0b" },                                 "file"],
  [storedLoginSchema,      { ...KEY, version: 2 },                                         "version"],
  [keeperTaskSchema,       { ...TASK, uid: -1 },                                           "uid"],
  [keeperTaskSchema,       { ...TASK, create: [] },                                        "create"],
  [sidecarReportSchema,    { kind: "failed" },                                             "message"],
  [controlStandingSchema,  { ...STANDING, budgets: {} },                                   "budgets.chain"],
  [controlErrorSchema,     { protocol: 1, error: "m" },                                    "error"],
  [runBudgetsSchema,       { ...BUDGETS, policy: "explode" },                              "policy"],
  [renewalOrderSchema,     { ...ORDER, refused: "A" },                                     "refused"],
  [renewalReportSchema,    { outcome: "refused" },                                         "why"],
  [renewalRecordSchema,    { ...RECORD, answer: { status: 99, body: "" } },                "answer.status"],
  [forgeEventSchema,       { kind: "pull-request", number: 0 },                            "number"],
  [forgeEventSchema,       { kind: "done", launchId: "l", status: "good", summary: "s", at: "t" }, "status"],
  [forgeLaunchSchema,      { kind: "begun", launcher: "12" },                              "launcher"],
  [launchFactsSchema,      { ...FACTS, routes: [1] },                                      "routes.0"],
  [baselineHeadSchema,     { version: 1, source: "" },                                     "source"],
  [baselineLineSchema,     ["../a", { kind: "link", target: "b" }],                        "0"],
  [baselineLineSchema,     ["a", { kind: "file", executable: true, size: 1, hash: "x" }],  "1.hash"],
  [askSchema,              { kind: "budget", provider: "claude", tokens: 0 },              "tokens"],
  [commandArgumentsSchema, ["a\0b"],                                                       "0"],
  [placeholdersSchema,     { env: {}, files: [{ ...FILE, path: "../a" }] },                "files.0.path"],
  [guestNeedsSchema,       { env: {}, files: [] },                                         "args"],
  [configuredSchema,       { outcome: "refused", why: "", hint: "" },                      "why"],
  [loginReadingSchema,     { ...FOUND, injection: { header: "a", template: "Bearer" } },   "injection.template"],
  [screenOrderSchema,      { kind: "page", slug: "s", page: "secrets", lines: [] },        "page"],
  [screenIntentSchema,     { kind: "run", commands: [] },                                  "commands"],
  [screenIntentSchema,     { kind: "run", commands: [[]] },                                "commands.0"],
  [terminalSizeSchema,     { columns: 80, rows: 0 },                                       "rows"],
  [startFlagsSchema,       { agent: "a", agentArguments: "x" },                            "agentArguments"],
  [usageReportSchema,      { rows: [{ ...FIGURES, requests: -1 }] },                       "rows.0.requests"],
  [manifestReportSchema,   [{ kind: "file", name: "n", values: [] }],                      "0.kind"],
] as const)("a message of a wrong shape is refused by name: %#", (schema, message, field) => {
  expect(checkMessage(schema as MessageSchema, message)).toMatchObject({ outcome: "invalid", problem: expect.stringContaining(`'${field}'`) })
})
