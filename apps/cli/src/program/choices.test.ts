import { expect, test } from "bun:test"
import { COLORS } from "@bot-bottle/contracts"
import { BACKENDS } from "@bot-bottle/manifest"
import { BACKEND_CHOICES, COLOR_CHOICES } from "./choices.ts"

test("the flags offer what the libraries take", () => {
  expect([...COLOR_CHOICES].sort() as string[]).toEqual([...COLORS].sort())
  expect([...BACKEND_CHOICES].sort() as string[]).toEqual([...BACKENDS].sort())
})
