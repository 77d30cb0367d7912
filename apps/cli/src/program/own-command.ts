// Commander's command, which also takes amounts that begin with a minus as arguments: for `-50k`
// it knows numbers alone, and calls the rest unknown options.

import { Command } from "commander"

/** No flag of ours begins with a digit or a dollar. */
const AMOUNT = /^-\$?\d/
/** In front of an amount while commander reads: a command line cannot hold it. */
const MARK = "\0"

export class OwnCommand extends Command {
  override createCommand(name?: string): Command {
    return new OwnCommand(name)
  }

  override parseOptions(words: string[]): { operands: string[]; unknown: string[] } {
    const { operands, unknown } = super.parseOptions(words.map((word, at) => this.#mark(word, words[at - 1])))
    return { operands: operands.map(unmark), unknown: unknown.map(unmark) }
  }

  /** The value of a flag is not read as an option anyway. */
  #mark(word: string, previous: string | undefined): string {
    const takesIt = this.options.some(({ long, short, required }) => required && [long, short].includes(previous))
    return AMOUNT.test(word) && !takesIt ? MARK + word : word
  }
}

function unmark(word: string): string {
  return word.startsWith(MARK) ? word.slice(MARK.length) : word
}
