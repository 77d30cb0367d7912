// The environment of the demo's process, read here and nowhere else. Its host folder, its key and its
// provider are its own: nothing else of the operator's is read.

import type { HostEnv } from "@bot-bottle/control"

export function readDemoEnv(): Pick<HostEnv, "path" | "operator"> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", USER = "demo" } = process.env
  return { path: PATH, operator: USER }
}
