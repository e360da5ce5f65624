/** Texts for tests of quality: made of a number, so that everyone makes the same. */

/** Numbers that follow from a seed. */
export function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Texts of 5 to 24 words, a third of them earlier ones with some words changed. */
export function resemblingTexts(count: number, seed = 7, vocabulary = 400): string[] {
  const roll = dice(seed)
  const texts: string[] = []
  for (let at = 0; at < count; at++) {
    const earlier = roll(3) === 0 ? texts[roll(at)] : undefined
    const words = earlier?.split(' ') ?? Array.from({ length: 5 + roll(20) }, () => `w${roll(vocabulary)}`)
    for (let change = earlier === undefined ? 0 : roll(4); change > 0; change--) {
      words[roll(words.length)] = `w${roll(vocabulary)}`
    }
    texts.push(words.join(' '))
  }
  return texts
}
