import { expect, test } from "bun:test"
import { COLORS } from "@bot-bottle/contracts"
import { BACKENDS, HARNESS_NAMES } from "@bot-bottle/manifest"
import { AGENT_CHOICES, BACKEND_CHOICES, COLOR_CHOICES } from "./choices.ts"

test("the flags offer what the libraries take", () => {
  expect([...COLOR_CHOICES].sort() as string[]).toEqual([...COLORS].sort())
  expect([...AGENT_CHOICES]).toEqual([...HARNESS_NAMES])
  expect([...BACKEND_CHOICES].sort() as string[]).toEqual([...BACKENDS].sort())
})
