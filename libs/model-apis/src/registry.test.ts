import { expect, test } from "bun:test"
import { MODEL_API_NAMES } from "@bot-bottle/contracts"
import { listModelApis } from "./registry.ts"

test("every wire format is known by its name, and every name has a format", () => {
  expect(listModelApis().map(({ name }) => name)).toEqual([...MODEL_API_NAMES])
})
