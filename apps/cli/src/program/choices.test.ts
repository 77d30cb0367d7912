import { expect, test } from "bun:test"
import { BACKENDS } from "@bot-bottle/manifest"
import { COLORS } from "@bot-bottle/run-state"
import { BACKEND_CHOICES, COLOR_CHOICES } from "./choices.ts"

test("the flags offer what the libraries take", () => {
  expect([...COLOR_CHOICES].sort() as string[]).toEqual([...COLORS].sort())
  expect([...BACKEND_CHOICES].sort() as string[]).toEqual([...BACKENDS].sort())
})
