// How far local time is ahead of UTC, as a function, so that calendar arithmetic needs no clock and
// no environment. The caller hands in the host's zone, a test any zone.

/** Milliseconds to add to UTC to get local time at that instant. */
export type ZoneOffset = (atMs: number) => number

const SIGNED_TIME = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

/** The offsets of an IANA zone such as `Europe/Berlin`. Throws RangeError for a zone that does not exist. */
export function zoneOffsetOf(timeZone: string): ZoneOffset {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" })
  return (atMs) => {
    const found = SIGNED_TIME.exec(format.format(atMs))
    if (!found) throw new RangeError(`Zone ${timeZone} names no offset`)
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = found
    const ahead = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
    return sign === "-" ? -ahead : ahead
  }
}
