// Files and folders that may not exist yet. Only "it does not exist" is an answer: a host without free
// descriptors, or with a failing disk, must not look like one where nothing was written.

/** The value of `open`; undefined when the path that it opens does not exist. Throws every other error. */
export function ifThere<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
