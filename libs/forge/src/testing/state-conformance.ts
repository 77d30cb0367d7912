// The duties of every store of forge records, as a test suite: files on one host, a database for several.

import { describe, expect, test } from "bun:test"
import type { ForgeState } from "../state/forge-state.ts"
import type { ForgeStateStore } from "../state/forge-state-store.ts"

export interface StateStoreUnderTest extends AsyncDisposable {
  readonly store: ForgeStateStore
  /** The same records through another handle. */
  readonly another: ForgeStateStore
  /** Puts a text where issue 17's record is. Returns the name that `all` reports for it. */
  damage(text: string): Promise<string>
}

export function createForgeStateConformance(name: string, open: () => Promise<StateStoreUnderTest>): void {
  describe(`forge state conformance: ${name}`, () => {
    test("a record is read as it was written, through every handle, and replaced whole", async () => {
      await using opened = await open()
      const { store, another } = opened
      await store.write(sampleState())
      const next = { ...sampleState(), pr_number: 42, status: "frozen", ending: ENDING } as const
      await store.write(next)
      expect([await store.read(next), await another.read(next)]).toEqual([next, next])
    })

    test("a record that is not there is undefined, and deleting it twice is fine", async () => {
      await using opened = await open()
      const { store, another } = opened
      expect(await store.read(sampleState())).toBeUndefined()
      await store.write(sampleState())
      await store.delete(sampleState())
      await store.delete(sampleState())
      expect([await store.read(sampleState()), await another.read(sampleState())]).toEqual([undefined, undefined])
    })

    test("all() sorts by repository and number", async () => {
      await using opened = await open()
      const { store } = opened
      for (const issue_number of [10, 9]) await store.write({ ...sampleState(), issue_number })
      await store.write({ ...sampleState(), owner: "aaa" })
      const { states, unreadable } = await store.all()
      expect(states.map(({ owner, issue_number }) => `${owner} ${issue_number}`)).toEqual([
        "aaa 17",
        "acme 9",
        "acme 10",
      ])
      expect(unreadable).toEqual([])
    })

    test("missing optional keys get their defaults, unknown ones are dropped", async () => {
      await using opened = await open()
      const { owner, repo, issue_number, slug, agent_name } = sampleState()
      await opened.store.write(sampleState())
      await opened.damage(JSON.stringify({ owner, repo, issue_number, slug, agent_name, of_a_newer_build: 1 }))
      expect(await opened.store.read(sampleState())).toEqual(sampleState())
    })

    test.each([
      ["text that is not JSON", "{"],
      ["an unknown status", JSON.stringify({ ...sampleState(), status: "melted" })],
      ["no slug", JSON.stringify({ ...sampleState(), slug: undefined })],
      ["an empty text", ""],
      ["a run's name that is a path", JSON.stringify({ ...sampleState(), slug: "../../etc" })],
      ["a launch that is a path", JSON.stringify({ ...sampleState(), launch_id: "../x" })],
    ])("%s is skipped by all() and named, and refused by read()", async (_what, text) => {
      await using opened = await open()
      const { store } = opened
      await store.write({ ...sampleState(), issue_number: 3 })
      await store.write(sampleState())
      const name = await opened.damage(text)
      expect(await store.all()).toEqual({ states: [{ ...sampleState(), issue_number: 3 }], unreadable: [name] })
      await expect(store.read(sampleState())).rejects.toThrow("cannot be read")
    })

    test("the record of another issue does not act for this one", async () => {
      await using opened = await open()
      await opened.store.write(sampleState())
      await opened.damage(JSON.stringify({ ...sampleState(), issue_number: 18 }))
      await expect(opened.store.read(sampleState())).rejects.toThrow("cannot be read")
    })

    test.each([
      ["..", "widgets", 17],
      ["a/b", "widgets", 17],
      ["acme", "wid\0gets", 17],
      ["acme", "widgets", 0],
      ["acme", "widgets", 1.5],
    ])("%p/%p#%p is refused", async (owner, repo, issue_number) => {
      await using opened = await open()
      const key = { owner, repo, issue_number }
      await expect(opened.store.write({ ...sampleState(), ...key })).rejects.toThrow("invalid repository or issue")
      await expect(opened.store.read(key)).rejects.toThrow("invalid repository or issue")
      expect((await opened.store.all()).states).toEqual([])
    })
  })
}

const ENDING = { reason: "signal-done", status: "success", summary: "green", at: "2026-11-28T03:24:37Z" } as const

export function sampleState(): ForgeState {
  return {
    owner: "acme",
    repo: "widgets",
    issue_number: 17,
    slug: "fixer-abc12",
    agent_name: "fixer",
    bottle_names: [],
    backend_name: "",
    agent_git_user: "",
    web_url: "",
    pr_number: null,
    status: "running",
    last_checkin_at: "",
    launch_id: "",
    launch_kind: "start",
    ending: null,
    seen_comment_id: 0,
    seen_pr_comment_id: 0,
    seen_review_id: 0,
  }
}
