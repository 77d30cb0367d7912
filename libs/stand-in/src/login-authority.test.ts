import { expect, test } from "bun:test"
import { readJson } from "@bot-bottle/testkit"
import { createLoginAuthority, type LoginAuthority } from "./login-authority.ts"

test.each(["/v1/oauth/token", "/oauth/token"])(
  "%s: a refresh token is spent once; the second time ends its family",
  async (path) => {
    const clock = { nowMs: 1_000_000 }
    const authority = authorityAt(clock)
    const first = authority.issue()
    const other = authority.issue()
    const second = await renew(authority, path, first.refreshToken)
    expect([authority.isLive(first.accessToken), authority.isLive(second.access_token)]).toEqual([true, true])
    expect([authority.isRefreshable(first.refreshToken), authority.isRefreshable(second.refresh_token)]).toEqual([
      false,
      true,
    ])

    await renew(authority, path, first.refreshToken)
    expect([authority.reuses, authority.renewals]).toEqual([1, 1])
    expect([authority.isLive(second.access_token), authority.isRefreshable(second.refresh_token)]).toEqual([
      false,
      false,
    ])
    expect([authority.isLive(other.accessToken), authority.isRefreshable(other.refreshToken)]).toEqual([true, true])

    clock.nowMs += 2_000
    expect(authority.isLive(other.accessToken)).toBe(false)
  },
)

// biome-ignore format: a table
test.each([
  // path                token       status  body holds
  ["/v1/oauth/token",    "unknown",  400,    '"invalid_grant"'],
  ["/oauth/token",       "unknown",  401,    '"refresh_token_invalidated"'],
  ["/v1/oauth/token",    undefined,  400,    '"invalid_request"'],
] as const)("%s with token %s is refused with %d", async (path, token, status, body) => {
  const answer = await authorityAt({ nowMs: 0 }).answer(request(path, token))
  expect([answer?.status, answer?.body.includes(body)]).toEqual([status, true])
})

test("another path is not the authority's", async () => {
  expect(await authorityAt({ nowMs: 0 }).answer(request("/v1/messages", "x"))).toBeUndefined()
})

function authorityAt(clock: { readonly nowMs: number }): LoginAuthority {
  return createLoginAuthority({ accessLifetimeMs: 2_000, nowMs: () => clock.nowMs })
}

async function renew(authority: LoginAuthority, path: string, token: string) {
  const answer = await authority.answer(request(path, token))
  const { access_token, refresh_token } = readJson(answer?.body ?? "{}", {
    access_token: "string?",
    refresh_token: "string?",
  })
  return { access_token: access_token ?? "", refresh_token: refresh_token ?? "" }
}

function request(path: string, token: string | undefined) {
  const body = JSON.stringify({ grant_type: "refresh_token", refresh_token: token })
  return { method: "POST", path, headers: {}, body }
}
