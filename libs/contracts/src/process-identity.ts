// Names one process for good, so that a recycled pid is never mistaken for it.

/** `<pid>:<start time in clock ticks since boot>:<boot id>`, from /proc/<pid>/stat field 22. Compare whole. */
export type ProcessIdentity = string & { readonly __brand: "ProcessIdentity" }
