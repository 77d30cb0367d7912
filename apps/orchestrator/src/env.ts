// The only place that reads the orchestrator's environment: launchers find the host's credentials
// in it, and programs their PATH.

export function ownEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Empty counts as absent. */
export function findVariable(name: string): string | undefined {
  return process.env[name] || undefined
}
