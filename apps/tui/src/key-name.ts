// A key as the terminal library reports it, by the name that the table of keys uses.
//
// Matched by its sequence, because the library names `k` and `K` both `k` and an alt-key by its
// plain letter. `key-reader.ts` has read Escape and a key before, so alt here was really pressed.

export interface ReportedKey {
  readonly name: string
  readonly sequence: string
  readonly ctrl: boolean
  readonly meta: boolean
}

const NAMED: Readonly<Record<string, string>> = {
  return: "enter",
  enter: "enter",
  kpenter: "enter",
  linefeed: "enter",
  escape: "esc",
  up: "up",
  down: "down",
  left: "left",
  right: "right",
  pageup: "pgup",
  pagedown: "pgdn",
  home: "home",
  end: "end",
  tab: "tab",
  space: "space",
  backspace: "backspace",
}

/** Undefined for keys that mean nothing here. */
export function keyName({ name, sequence, ctrl, meta }: ReportedKey): string | undefined {
  if (ctrl) return /^[a-z]$/.test(name) ? `ctrl-${name}` : undefined
  const named = NAMED[name]
  if (named !== undefined) return named
  if (meta) return undefined
  return [...sequence].length === 1 && sequence >= " " && sequence !== "\x7f" ? sequence : undefined
}
