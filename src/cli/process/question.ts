/** A question at a terminal. */
import { createInterface } from 'node:readline/promises'
import { commandIsOver } from '../output/command-end.ts'
import { signalExitCodes } from './exit-codes.ts'

type MaybeTerminal<T> = T & { readonly isTTY?: boolean }

/** Where the question is shown, and what ends the command in place of an answer. */
export interface QuestionPlace {
  readonly input: MaybeTerminal<NodeJS.ReadableStream>
  readonly output: MaybeTerminal<NodeJS.WritableStream>
  exit(code: number): void
}

export const atTerminal: QuestionPlace = {
  input: process.stdin,
  output: process.stderr,
  exit: (code) => {
    // Nothing is open.
    commandIsOver()
    process.exit(code)
  },
}

export function isTerminal({ input, output }: QuestionPlace): boolean {
  return input.isTTY === true && output.isTTY === true
}

/** The answer to a question; undefined where there is no terminal, and so no question, and after Ctrl-D. Ctrl-C ends the command as it does everywhere. */
export async function answerTo(question: string, place: QuestionPlace): Promise<string | undefined> {
  if (!isTerminal(place)) return undefined
  const { input, output, exit } = place
  const prompt = createInterface({ input, output })
  // A terminal that is read key by key sends none by itself.
  prompt.on('SIGINT', () => {
    prompt.close()
    output.write('\n')
    exit(signalExitCodes.SIGINT)
  })
  try {
    return (await prompt.question(question)).trim()
  } catch (error) {
    // Ctrl-D: there is no answer.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
    output.write('\n')
    return undefined
  } finally {
    prompt.close()
  }
}
