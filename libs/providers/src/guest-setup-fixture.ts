// A guest's circumstances, for tests of what each harness makes of them.

import type { GuestSetup } from "./provider.ts"

export function guestSetup(changes: Partial<GuestSetup> = {}): GuestSetup {
  return {
    guestHome: "/home/node",
    caFile: "/run/share/ca.pem",
    caBundleFile: "/run/share/ca-bundle.pem",
    credential: undefined,
    placeholders: { env: {}, files: [] },
    systemPrompt: "",
    workspace: "/home/node/workspace",
    label: "fix login",
    color: "bright-red",
    ...changes,
  }
}
