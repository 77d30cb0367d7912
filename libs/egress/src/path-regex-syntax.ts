// Reads the text of a path expression into a tree. The subset is path-regex.ts's to explain;
// what is outside it is a SyntaxError that says what the expression "has", "needs" or "ends".

/** One flag for each ASCII code. */
export type CharSet = Uint8Array
export type RegexNode =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "sequence"; readonly nodes: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly nodes: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly node: RegexNode; readonly min: number; readonly max: number }

/** Throws SyntaxError for anything outside the subset. */
export function readPathRegex(text: string, options: { readonly ignoreCase: boolean }): RegexNode {
  return new Reader(text, options.ignoreCase).readAll()
}

const MAX_REPEAT = 100

class Reader {
  #at = 0
  readonly #text: string
  readonly #ignoreCase: boolean

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text
    this.#ignoreCase = ignoreCase
  }

  readAll(): RegexNode {
    this.#take("^")
    const node = this.#readChoice()
    if (this.#at < this.#text.length) throw new SyntaxError("has a `)` too many")
    return node
  }

  #readChoice(): RegexNode {
    const nodes = [this.#readSequence()]
    while (this.#take("|")) nodes.push(this.#readSequence())
    return { kind: "choice", nodes }
  }

  #readSequence(): RegexNode {
    const nodes: RegexNode[] = []
    while (this.#at < this.#text.length && !"|)".includes(this.#peek())) {
      if (this.#peek() === "$" && this.#at === this.#text.length - 1) this.#at++
      else nodes.push(this.#readRepeat(this.#readAtom()))
    }
    return { kind: "sequence", nodes }
  }

  #readRepeat(node: RegexNode): RegexNode {
    const [token, minText, comma, maxText] = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(this.#text.slice(this.#at)) ?? []
    if (token === undefined) return node
    this.#at += token.length
    if ("*+?{".includes(this.#peek() || " ")) throw new SyntaxError("has a quantifier after a quantifier")
    if (token === "*") return { kind: "repeat", node, min: 0, max: Infinity }
    if (token === "+") return { kind: "repeat", node, min: 1, max: Infinity }
    if (token === "?") return { kind: "repeat", node, min: 0, max: 1 }

    const min = Number(minText)
    const max = comma === undefined ? min : maxText === "" ? Infinity : Number(maxText)
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity))
      throw new SyntaxError(`repeats more than ${MAX_REPEAT} times`)
    if (max < min) throw new SyntaxError("has a repeat whose end is before its start")
    return { kind: "repeat", node, min, max }
  }

  #readAtom(): RegexNode {
    const char = this.#next()
    switch (char) {
      case "(": {
        if (this.#take("?") && !this.#take(":")) throw new SyntaxError("has a look-around or a named group")
        const node = this.#readChoice()
        if (!this.#take(")")) throw new SyntaxError("has a `(` that is not closed")
        return node
      }
      case "[":
        return { kind: "set", set: this.#readClass() }
      case ".":
        return { kind: "set", set: setOf(() => true) }
      case "\\":
        return { kind: "set", set: this.#readEscape() }
      case "^":
      case "$":
        throw new SyntaxError(`has a \`${char}\` that is not at its edge`)
      case "*":
      case "+":
      case "?":
      case "{":
        throw new SyntaxError("has a quantifier with nothing before it")
      default:
        return { kind: "set", set: this.#single(char) }
    }
  }

  #readClass(): CharSet {
    const negated = this.#take("^")
    const set = new Uint8Array(128)
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      const low = this.#next()
      if (low === "]") throw new SyntaxError("has an empty class")
      if (low === "\\") add(set, this.#readEscape())
      else if (this.#peek() === "-" && this.#text[this.#at + 1] !== "]") {
        this.#at++
        const high = this.#next()
        if (high === "\\" || high < low) throw new SyntaxError("has a bad range in a class")
        for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code++)
          add(set, this.#single(String.fromCharCode(code)))
      } else add(set, this.#single(low))
    }
    this.#at++
    return negated ? invert(set) : set
  }

  #readEscape(): CharSet {
    const char = this.#next()
    const isDigit = (text: string) => /\d/.test(text)
    const isWord = (text: string) => /\w/.test(text)
    if (char === "d") return setOf(isDigit)
    if (char === "D") return invert(setOf(isDigit))
    if (char === "w") return setOf(isWord)
    if (char === "W") return invert(setOf(isWord))
    if (/[A-Za-z0-9]/.test(char)) throw new SyntaxError(`has \`\\${char}\`, which is not in the subset`)
    return this.#single(char)
  }

  #single(char: string): CharSet {
    return setOf((other) => other === char || (this.#ignoreCase && other.toLowerCase() === char.toLowerCase()))
  }

  #peek(): string {
    return this.#text[this.#at] ?? ""
  }

  #next(): string {
    const char = this.#text[this.#at++]
    if (char === undefined) throw new SyntaxError("ends in the middle of something")
    return char
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }
}

function setOf(holds: (char: string) => boolean): CharSet {
  return Uint8Array.from({ length: 128 }, (_, code) => (holds(String.fromCharCode(code)) ? 1 : 0))
}

function add(set: CharSet, more: CharSet): void {
  more.forEach((flag, code) => {
    if (flag === 1) set[code] = 1
  })
}

function invert(set: CharSet): CharSet {
  return set.map((flag) => 1 - flag)
}
