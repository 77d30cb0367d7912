// How many runs may be at work at once. An issue that finds no room waits in line.

export interface Admission {
  /** True when the issue may run, or runs already. Otherwise it waits in line. */
  admit(key: string): boolean
  /** The run is over. Returns whoever has waited longest, to be looked at next. */
  release(key: string): string | undefined
  /** Issues that may run, or run already. */
  readonly admitted: readonly string[]
  readonly waiting: readonly string[]
  readonly hasRoom: boolean
}

export function createAdmission(maxRuns: number): Admission {
  const running = new Set<string>()
  const line: string[] = []

  return {
    admit(key) {
      if (running.has(key)) return true
      if (running.size >= maxRuns) {
        if (!line.includes(key)) line.push(key)
        return false
      }
      const place = line.indexOf(key)
      if (place !== -1) line.splice(place, 1)
      running.add(key)
      return true
    },
    release(key) {
      const place = line.indexOf(key)
      if (place !== -1) line.splice(place, 1)
      return running.delete(key) ? line[0] : undefined
    },
    get hasRoom() {
      return running.size < maxRuns
    },
    get admitted() {
      return [...running]
    },
    get waiting() {
      return [...line]
    },
  }
}
