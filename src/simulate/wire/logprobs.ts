/** Logarithmic probabilities of tokens, as the OpenAI API reports them: made up from the tokens themselves. */
import { charactersPerToken } from '../requested/requested.ts'

/** A token of the answer; those of the alternatives are its endings in other letters. */
export function logprobsOf(text: string, alternatives: number): object[] {
  return tokensIn(text).map((token) => {
    const logprob = -((token.charCodeAt(0) % 50) + 1) / 100
    const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_, index) =>
      entryOf(`${token.slice(0, -1)}${'abcdefghijklmnopqrst'.charAt(index)}`, logprob - index - 1),
    )
    const top = alternatives === 0 ? [] : [entryOf(token, logprob), ...others]
    return { ...entryOf(token, logprob), top_logprobs: top }
  })
}

function entryOf(token: string, logprob: number) {
  return { token, logprob, bytes: [...Buffer.from(token)] }
}

/** A text in tokens, none of which ends within a character. */
function tokensIn(text: string): string[] {
  const characters = [...text]
  const count = Math.ceil(characters.length / charactersPerToken)
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * charactersPerToken, (index + 1) * charactersPerToken).join(''),
  )
}
