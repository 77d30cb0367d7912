import { expect, test } from "bun:test"
import { drawPicture, PICTURE } from "./dashboard-picture.ts"

test("docs/dashboard.svg is the screen as it is now: bun tools/dashboard-picture.ts", async () => {
  expect((await Bun.file(PICTURE).text()) === (await drawPicture())).toBe(true)
})
