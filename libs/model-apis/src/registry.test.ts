import { expect, test } from "bun:test"
import { MODEL_API_NAMES } from "@bot-bottle/contracts"
import { listProviderHosts } from "./registry.ts"

test("every name that a route may give has a host, and every host a name", () => {
  expect(listProviderHosts().map(({ name }) => name)).toEqual([...MODEL_API_NAMES])
})
