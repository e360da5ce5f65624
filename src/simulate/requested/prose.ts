/**
 * Text that reads like a customer's opinion of a product, any number of words long.
 * Sentences are made once, sorted by length; an answer is a handful of lookups.
 * ASCII without quotes or backslashes throughout, so that it can be put into JSON as it is.
 */
import { hash } from 'node:crypto'
import { Dice } from './dice.ts'

const LONGEST_SENTENCE = 14
const SHORTEST_NEXT = 5
const SENTENCES_PER_LENGTH = 256
const WORDS_PER_PARAGRAPH = 60

const nouns = (
  'handle lid battery strap cable case hinge button screen zipper pocket cushion blade kettle lamp ' +
  'shelf speaker charger bottle frame seat motor filter cover label dial tray wheel sleeve base'
).split(' ')
const adjectives = (
  'sturdy light smooth quiet solid slim bright narrow soft simple clever neat heavy plain warm ' +
  'compact tidy modest dull flimsy loose noisy handy steady'
).split(' ')
const verbs = 'works fits holds feels sits closes lasts looks performs arrived turned snapped'.split(' ')
const adverbs = 'well nicely firmly quickly quietly easily properly daily neatly reliably poorly often'.split(
  ' ',
)
const prepositions = 'with beside under without near behind against on'.split(' ')

/** Sentences by their number of words. */
const sentences: readonly (readonly string[])[] = (() => {
  const dice = new Dice(hash('sha256', 'rowsmith prose', 'buffer'))
  return Array.from({ length: LONGEST_SENTENCE + 1 }, (_, words) =>
    Array.from({ length: words === 0 ? 0 : SENTENCES_PER_LENGTH }, () => sentence(words, dice)),
  )
})()

/** @param words at least 1 */
export function prose(words: number, dice: Dice): string {
  let text = ''
  let inParagraph = 0
  for (let left = words; left > 0; ) {
    const length = nextLength(left, dice)
    if (text !== '') {
      const breaks = inParagraph >= WORDS_PER_PARAGRAPH
      text += breaks ? '\n\n' : ' '
      if (breaks) inParagraph = 0
    }
    text += dice.pick(sentences[length] ?? [])
    inParagraph += length
    left -= length
  }
  return text
}

/** A sentence of 6 to 14 words, that leaves either nothing or enough for another. */
function nextLength(left: number, dice: Dice): number {
  if (left <= LONGEST_SENTENCE) return left
  const length = 6 + dice.below(LONGEST_SENTENCE - 5)
  const rest = left - length
  return rest >= SHORTEST_NEXT ? length : left - SHORTEST_NEXT
}

/** A few lower-case words without a full stop, for names and labels. */
export function label(words: number, dice: Dice): string {
  const parts = Array.from({ length: words - 1 }, () => dice.pick(adjectives))
  return [...parts, dice.pick(nouns)].join(' ')
}

function sentence(words: number, dice: Dice): string {
  const noun = dice.pick(nouns)
  switch (words) {
    case 1:
      return capital(`${dice.pick(adverbs)}.`)
    case 2:
      return `It ${dice.pick(verbs)}.`
    case 3:
      return `The ${noun} ${dice.pick(verbs)}.`
    case 4:
      return `The ${noun} ${dice.pick(verbs)} ${dice.pick(adverbs)}.`
  }
  let head = `The ${dice.pick(adjectives)} ${noun} ${dice.pick(verbs)} ${dice.pick(adverbs)}`
  let left = words - 5
  for (; left >= 4; left -= 4) head += ` ${dice.pick(prepositions)} the ${label(2, dice)}`
  if (left === 3) head += ` ${dice.pick(prepositions)} the ${label(1, dice)}`
  if (left === 2) head += ' every day'
  if (left === 1) head += ' indeed'
  return `${head}.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
