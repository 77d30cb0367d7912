// Values of flags, spelled out so that `--help` loads no library to print them. A test holds
// each list to the library that owns it.

export const BACKEND_CHOICES = ["bwrap", "docker"] as const
export const AGENT_CHOICES = ["claude", "codex", "pi"] as const
export const USAGE_CHOICES = ["run", "agent", "bottle", "provider", "model", "day", "host", "session", "tag:"] as const
export const KIND_CHOICES = ["agent", "bottle"] as const
export const WORKSPACE_CHOICES = ["copy", "bind", "empty"] as const

// biome-ignore format: a table
export const COLOR_CHOICES = [
  "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
  "bright-black", "bright-red", "bright-green", "bright-yellow",
  "bright-blue", "bright-magenta", "bright-cyan", "bright-white", "none",
] as const
