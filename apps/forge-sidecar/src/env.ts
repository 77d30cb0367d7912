// The only place that reads the environment: the variables that the gate's hook is started with.

const QUARANTINE = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"] as const
export const GATE_SOCKET = "BOT_BOTTLE_GATE_SOCKET"
export const PUSH_ID = "BOT_BOTTLE_PUSH"

/** Where the objects of the push wait. */
export function quarantineVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    QUARANTINE.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

export function gateSocket(): string {
  return process.env[GATE_SOCKET] ?? ""
}

export function pushId(): string {
  return process.env[PUSH_ID] ?? ""
}
