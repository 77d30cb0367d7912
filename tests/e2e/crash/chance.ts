// Chance that can be had again: the same seed gives the same numbers.

export interface Chance {
  /** 0 ≤ x < 1. */
  share(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  oneOf<T>(choices: readonly T[]): T
  happens(share: number): boolean
}

/** mulberry32. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(share() * (most - least + 1))
  return {
    share,
    between,
    oneOf: (choices) => choices[between(0, choices.length - 1)]!,
    happens: (chance) => share() < chance,
  }
}
