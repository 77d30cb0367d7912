// Names one process for good, so that a recycled pid is never mistaken for it.

/** `<pid>:<start time in clock ticks since boot>:<boot id>`, from /proc/<pid>/stat field 22. Compare whole. */
export type ProcessIdentity = string & { readonly __brand: "ProcessIdentity" }

/**
 * The machine (more exactly: the bot-bottle root) that runs, processes and claims belong to. It is made once, when
 * the root's ledger is first opened. A process identity is only meaningful on its own host.
 */
export type HostId = string & { readonly __brand: "HostId" }
