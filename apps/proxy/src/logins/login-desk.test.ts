import { expect, test } from "bun:test"
import { type CredentialedRoute, type ProxyReport, type RunPolicy, Secret } from "@bot-bottle/contracts"
import { createPolicyInForce } from "../policy.ts"
import { createLoginDesk } from "./login-desk.ts"

test("a refused token is reported once, a token that is not in force any more never", () => {
  const { desk, reported, route } = openDesk()
  desk.noteAnswer(route(), 200)
  expect(reported).toEqual([])
  const old = route()
  desk.noteAnswer(old, 401)
  desk.noteAnswer(old, 401)
  expect(reported).toEqual([{ kind: "login-refused", login: "login-1" }])

  desk.replace("login-1", new Secret("the-second-token"))
  desk.noteAnswer(old, 401)
  expect(reported.length).toBe(1)
  desk.noteAnswer(route(), 401)
  expect(reported.length).toBe(2)
})

test("INV-11: the bottle's own refresh gets the placeholder, once the refused token has been renewed", async () => {
  const { desk, route, answering } = openDesk()
  const at = await desk.answer(answering())
  expect([at.status, Buffer.from(at.body).toString()]).toEqual([200, '{"access_token":"placeholder"}'])

  desk.noteAnswer(route(), 401)
  let isAnswered = false
  const waiting = desk.answer(answering()).then(() => {
    isAnswered = true
  })
  await Promise.resolve()
  // The same token again renews nothing.
  desk.replace("login-1", new Secret("the-first-token"))
  await new Promise((done) => setImmediate(done))
  expect(isAnswered).toBe(false)
  desk.replace("login-1", new Secret("the-second-token"))
  await waiting
  expect(isAnswered).toBe(true)
})

test("a token goes to the routes of its own login and no other", () => {
  const { desk, policy } = openDesk()
  desk.replace("login-2", new Secret("of nobody"))
  expect(tokensOf(policy.current.given)).toEqual(["the-first-token", "a-key", undefined])
  desk.replace("login-1", new Secret("the-second-token"))
  expect(tokensOf(policy.current.given)).toEqual(["the-second-token", "a-key", undefined])
})

function tokensOf({ routes }: RunPolicy) {
  return routes.map(({ secret }) => secret?.reveal())
}

function openDesk() {
  const base = { port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every", origin: "test" } as const
  const injection = { header: "authorization", template: "Bearer {secret}" }
  const routes: readonly CredentialedRoute[] = [
    { ...base, host: "api.example.com", injection, login: "login-1", secret: new Secret("the-first-token") },
    { ...base, host: "other.example.com", injection, secret: new Secret("a-key") },
    { ...base, host: "auth.example.com", login: "login-1", ownAnswer: '{"access_token":"placeholder"}' },
  ]
  const given = { routes, resolve: {}, logLevel: 1, budgets: {} } as unknown as RunPolicy
  const policy = createPolicyInForce(given)
  const reported: ProxyReport[] = []
  const desk = createLoginDesk({ policy, report: (report) => void reported.push(report) })
  const at = (index: number) => () => policy.current.given.routes[index]!
  return { desk, policy, reported, route: at(0), answering: at(2) }
}
