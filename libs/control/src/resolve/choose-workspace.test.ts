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
  [{},                                                             ["copy", "/home/me/proj", "default"]],
  [OUTSIDE,                                                        ["empty", cwd, "default"]],
  [{ settings: "bind" },                                           ["bind", cwd, "manifest"]],
  [{ settings: "bind", bottle: "copy" },                           ["copy", "/home/me/proj", "manifest"]],
  [{ settings: "copy", bottle: "empty" },                          ["empty", cwd, "manifest"]],
  [{ ...OUTSIDE, settings: "copy" },                               ["copy", cwd, "manifest"]],
  [{ flag: "copy" },                                               ["copy", cwd, "flag"]],
  [{ flag: "empty", bottle: "bind" },                              ["empty", cwd, "flag"]],
  [{ flag: "copy", cwd: "/home/me" },                              ["copy", "/home/me", "flag"]],
  [{ cwd: "/home/me", workTree: "/home/me" },                      "/home/me"],
  [{ cwd: "/home/me/x", workTree: "/home/me" },                    "/home/me"],
  [{ cwd: "/", workTree: undefined, settings: "bind" },            "/"],
  [{ cwd: "/", workTree: undefined },                              ["empty", "/", "default"]],
] as const)("chooseWorkspace: %j chooses %j", (change, chosen) => {
  const choice = chooseWorkspace({ ...NOBODY, ...change })
  const told = choice.outcome === "chosen" ? [choice.mode, choice.folder, choice.saidBy] : choice.folder
  expect(told as unknown).toEqual(chosen)
})
