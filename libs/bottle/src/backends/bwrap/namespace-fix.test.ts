import { expect, test } from "bun:test"
import { namespaceFix } from "./namespace-fix.ts"

// biome-ignore format: a table
test.each([
  // settings                                                                                  the command
  [{ "kernel/apparmor_restrict_unprivileged_userns": "1", "kernel/unprivileged_userns_clone": "1" }, "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"],
  [{ "kernel/apparmor_restrict_unprivileged_userns": "0", "kernel/unprivileged_userns_clone": "0" }, "sudo sysctl -w kernel.unprivileged_userns_clone=1"],
  [{ "user/max_user_namespaces": "0" },                                                         "sudo sysctl -w user.max_user_namespaces=15000"],
  [{ "user/max_user_namespaces": "60000" },                                                     "in a container, start it with: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"],
] as const)("namespaceFix: %j asks for %s", (settings, command) => {
  expect(namespaceFix((path) => (settings as Readonly<Record<string, string>>)[path])).toBe(command)
})
