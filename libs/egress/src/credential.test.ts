import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { prepareOutbound } from "./credential.ts"
import { route as routeOf } from "./testing/routes-fixture.ts"

const KEY = "sk-live-0123456789"
const credentialed = route({
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret(KEY),
})
const metered = route({ metering: { provider: "claude", api: "anthropic-messages" } })
const plain = route({})

// biome-ignore format: a table
test.each([
  "authorization", "Authorization", "x-api-key", "X-Api-Key", "api-key", "apikey", "x-goog-api-key", "anthropic-api-key",
  "cookie", "cookie2", "x-auth-token", "x-access-token", "x-amz-security-token", "private-token", "x-gitlab-token",
  "job-token", "deploy-token", "x-github-token", "x-client-secret", "x-token", "token", "x-authorization",
  "x-forwarded-authorization", "x-subscription-token", "ocp-apim-subscription-key", "x-functions-key", "x-password",
])("INV-11: the agent's own %s reaches no credentialed and no metered host", (name) => {
  const sent = { [name]: "agent-key", "x-request-id": "7" }
  expect(outbound(credentialed, sent)).toEqual({ authorization: `Bearer ${KEY}`, "x-request-id": "7" })
  expect(outbound(metered, sent)).toEqual({ "x-request-id": "7" })
  expect(outbound(plain, sent)).toEqual({ [name.toLowerCase()]: "agent-key", "x-request-id": "7" })
})

test("what real clients send beside their key stays", () => {
  const sent = {
    "accept-encoding": "gzip, br",
    "anthropic-beta": "a,b",
    "anthropic-version": "2023-06-01",
    "chatgpt-account-id": "acct",
    "content-length": "12",
    "content-type": "application/json",
    host: "api.example.com",
    "idempotency-key": "i-1",
    "if-none-match": '"e"',
    "openai-beta": "responses_websockets=2026-01-01",
    "openai-organization": "org",
    originator: "cli",
    "sec-websocket-key": "AAAA",
    session_id: "s-1",
    "user-agent": "x/1",
    "x-stainless-retry-count": "0",
    "x-csrf-token": "t",
  }
  expect(outbound(credentialed, sent)).toEqual({ ...sent, authorization: `Bearer ${KEY}` })
})

test.each([
  ["x-api-key", "{secret}", KEY],
  ["authorization", "token {secret}", `token ${KEY}`],
  ["x-odd", "{secret}:{secret}", `${KEY}:${KEY}`],
])("the credential is written into %s as %s", (header, template, value) => {
  const credentialed = route({ injection: { header, template }, secret: new Secret(KEY) })
  expect(outbound(credentialed, { [header]: "agent-key" })).toEqual({ [header]: value })
})

test("INV-11: what goes with the credential replaces what the agent said: the account is the route's to name", () => {
  const injection = {
    header: "authorization",
    template: "Bearer {secret}",
    withHeaders: { "chatgpt-account-id": "ours" },
  }
  const named = { ...credentialed, injection }
  expect(outbound(named, { "ChatGPT-Account-Id": "theirs" })).toEqual({
    authorization: `Bearer ${KEY}`,
    "chatgpt-account-id": "ours",
  })
})

test("a secret with a dollar sign is written as it is", () => {
  const credentialed = route({ injection: { header: "x-api-key", template: "{secret}" }, secret: new Secret("a$&b$1") })
  expect(outbound(credentialed, {})).toEqual({ "x-api-key": "a$&b$1" })
})

test.each([
  ["none at all", undefined, "was not attached"],
  ["an empty one", "", "cannot carry"],
  ["a line feed at the end", `${KEY}\n`, "cannot carry"],
  ["a line break", `${KEY}\r\nx-evil: 1`, "cannot carry"],
  ["a space at the end", `${KEY} `, "cannot carry"],
  ["a character outside ASCII", `${KEY}é`, "cannot carry"],
])("INV-11: with %s as the credential nothing is sent, and the error does not quote it", (_what, text, words) => {
  const { secret: _, ...withoutSecret } = credentialed
  const given = text === undefined ? withoutSecret : { ...withoutSecret, secret: new Secret(text) }
  expect(() => prepareOutbound(given, NOTHING, "")).toThrow(words)
  expect(() => prepareOutbound(given, NOTHING, "")).not.toThrow(KEY)
})

test("what meant this hop or overrides what was judged goes, on every route", () => {
  const sent = {
    connection: "keep-alive, X-Hop",
    "keep-alive": "timeout=5",
    "proxy-authorization": "Basic eA==",
    "proxy-connection": "keep-alive",
    te: "trailers",
    trailer: "x",
    upgrade: "h2c",
    "x-hop": "1",
    "x-http-method": "DELETE",
    "x-http-method-override": "DELETE",
    "x-method-override": "DELETE",
    "x-original-url": "/admin",
    "x-rewrite-url": "/admin",
    "x-forwarded-host": "evil.test",
    "x-host": "evil.test",
    forwarded: "host=evil.test",
    accept: "*/*",
  }
  for (const each of [plain, metered]) expect(outbound(each, sent)).toEqual({ accept: "*/*" })
})

test("INV-11: Connection cannot name the injected header away", () => {
  expect(outbound(credentialed, { connection: "authorization" })).toEqual({ authorization: `Bearer ${KEY}` })
})

// biome-ignore format: a table
test.each([
  // as sent                                       as it leaves
  ["",                                             ""],
  ["?",                                            "?"],
  ["?beta=true",                                   "?beta=true"],
  ["?key=k",                                       ""],
  ["?api_key=k&beta=true",                         "?beta=true"],
  ["?api_token=k&beta=true",                       "?beta=true"],
  ["?subscription-key=k&client_secret=s&a=1",      "?a=1"],
  ["?X-Amz-Security-Token=k&auth=k&a=1",           "?a=1"],
  ["?beta=true&access_token=k",                    "?beta=true"],
  ["?a=1&apikey=k&b=2",                            "?a=1&b=2"],
  ["?a=1&KEY=k&Api-Key=k&apiKey=k&x-api-key=k",    "?a=1"],
  ["?key=1&key=2&a=1",                             "?a=1"],
  ["?k%65y=k&%61pi%5fkey=k&a=1",                   "?a=1"],
  ["?%zzkey=k&key%=k&a=1",                         "?%zzkey=k&a=1"],
  ["?key[]=k&key%5B0%5D=k&+key=k&a=1",             "?a=1"],
  ["?a=1;key=k&b=2;c=3",                           "?a=1&b=2;c=3"],
  ["?key",                                         ""],
  ["?monkey=1&keys=2&key_id=3&page_token=4",       "?monkey=1&keys=2&key_id=3&page_token=4"],
  ["?q=key=value&x=a%2Bb+c%20d&&y=%e2%82%ac",      "?q=key=value&x=a%2Bb+c%20d&&y=%e2%82%ac"],
  ["?token=k&auth_token=k&authorization=k&sig=s",  "?sig=s"],
] as const)("INV-11: the query %s leaves as %s", (search, expected) => {
  expect(prepareOutbound(credentialed, NOTHING, search).search).toBe(expected)
  expect(prepareOutbound(metered, NOTHING, search).search).toBe(expected)
  expect(prepareOutbound(plain, NOTHING, search).search).toBe(search)
})

// biome-ignore format: a table
test.each([
  ["realtime, openai-insecure-api-key.sk-agent, v1",  "realtime, v1"],
  ["openai-insecure-api-key.sk-agent",                undefined],
  ["bearer.abc,graphql-ws",                           "graphql-ws"],
  ["graphql-ws",                                      "graphql-ws"],
] as const)("INV-11: of the subprotocols %s stays %p", (offered, kept) => {
  const { "sec-websocket-protocol": left } = outbound(metered, { "sec-websocket-protocol": offered })
  expect(left).toBe(kept)
  expect(outbound(plain, { "sec-websocket-protocol": offered })["sec-websocket-protocol"]).toBe(offered)
})

test("lines that stay keep their bytes, their order and their place; the credential comes last", () => {
  const lines = ["HOST: a", "X-B:  two ", "Authorization: mine", "x-b: again", "X_Api_Key: mine", "Accept:*/*"]
  const names = lines.map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
  expect(prepareOutbound(credentialed, { names, lines, connection: undefined }, "").lines).toEqual([
    "HOST: a",
    "X-B:  two ",
    "x-b: again",
    "Accept:*/*",
    `authorization: Bearer ${KEY}`,
  ])
  expect(prepareOutbound(plain, { names, lines, connection: undefined }, "").lines).toBeUndefined()
})

const NOTHING = { names: [], lines: [], connection: undefined }

function outbound(route: CredentialedRoute, sent: Record<string, string>): Record<string, string> {
  const entries = Object.entries(sent)
  const lines = entries.map(([name, value]) => `${name}: ${value}`)
  const connection = entries.find(([name]) => name.toLowerCase() === "connection")?.[1].toLowerCase()
  const request = { names: entries.map(([name]) => name.toLowerCase()), lines, connection }
  const left = prepareOutbound(route, request, "").lines ?? lines
  return Object.fromEntries(
    left.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  )
}

function route(fields: Partial<CredentialedRoute>): CredentialedRoute {
  return routeOf({ host: "api.example.com", ...fields })
}
