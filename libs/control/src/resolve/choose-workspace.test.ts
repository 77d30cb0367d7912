import { expect, test } from "bun:test"
import { chooseWorkspace, type WorkspaceWishes } from "./choose-workspace.ts"

const NOBODY: WorkspaceWishes = {
  flag: undefined,
  bottle: undefined,
  settings: undefined,
  cwd: "/home/me/proj/lib",
  workTree: "/home/me/proj",
  home: "/home/me",
}
const OUTSIDE = { workTree: undefined }
const cwd = NOBODY.cwd

// biome-ignore format: a table
test.each([
  // who says what                                                 chosen
  [{},                                                             ["copy", "/home/me/proj", false]],
  [OUTSIDE,                                                        ["empty", cwd, false]],
  [{ settings: "bind" },                                           ["bind", cwd, false]],
  [{ settings: "bind", bottle: "copy" },                           ["copy", "/home/me/proj", false]],
  [{ settings: "copy", bottle: "empty" },                          ["empty", cwd, false]],
  [{ ...OUTSIDE, settings: "copy" },                               ["copy", cwd, false]],
  [{ flag: "copy" },                                               ["copy", cwd, true]],
  [{ flag: "empty", bottle: "bind" },                              ["empty", cwd, true]],
  [{ flag: "copy", cwd: "/home/me" },                              ["copy", "/home/me", true]],
  [{ cwd: "/home/me", workTree: "/home/me" },                      "/home/me"],
  [{ cwd: "/home/me/x", workTree: "/home/me" },                    "/home/me"],
  [{ cwd: "/", workTree: undefined, settings: "bind" },            "/"],
  [{ cwd: "/", workTree: undefined },                              ["empty", "/", false]],
] as const)("chooseWorkspace: %j chooses %j", (change, chosen) => {
  const choice = chooseWorkspace({ ...NOBODY, ...change })
  const told = choice.outcome === "chosen" ? [choice.mode, choice.folder, choice.isExplicit] : choice.folder
  expect(told as unknown).toEqual(chosen)
})
