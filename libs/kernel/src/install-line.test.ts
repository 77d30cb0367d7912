import { expect, test } from "bun:test"
import { installLineFor } from "./install-line.ts"

// biome-ignore format: a table
test.each([
  // the host's programs      root   line
  [["apt-get"],               true,  "apt-get install bubblewrap"],
  [["apt-get"],               false, "sudo apt-get install bubblewrap"],
  [["apk", "apt-get"],        false, "sudo apt-get install bubblewrap"],
  [["dnf"],                   false, "sudo dnf install bubblewrap"],
  [["zypper"],                false, "sudo zypper install bubblewrap"],
  [["pacman"],                false, "sudo pacman -S bubblewrap"],
  [["apk"],                   true,  "apk add bubblewrap"],
  [[],                        true,  "install bubblewrap with your package manager"],
] as const)("with %j, root %p: %s", (programs, isRoot, line) => {
  const has = (program: string) => programs.some((one) => one === program)
  expect(installLineFor("bubblewrap", { has, isRoot })).toBe(line)
})
