/** Whether the user at a terminal agrees to pay again for lost answers. */
import { createInterface } from 'node:readline/promises'
import type { RowsmithError } from '../../index.ts'
import { commandIsOver } from '../output/command-end.ts'
import { signalExitCodes } from '../process/exit-codes.ts'
import { onOneLine } from '../text/terminal-text.ts'

type MaybeTerminal<T> = T & { readonly isTTY?: boolean }

/** Where the question is shown, and what ends the command in place of an answer. */
interface QuestionPlace {
  readonly input: MaybeTerminal<NodeJS.ReadableStream>
  readonly output: MaybeTerminal<NodeJS.WritableStream>
  exit(code: number): void
}

const atTerminal: QuestionPlace = {
  input: process.stdin,
  output: process.stderr,
  exit: (code) => {
    // The run is over, and nothing is open.
    commandIsOver()
    process.exit(code)
  },
}

/** Without a terminal there is no question: the answer is no. Ctrl-C at the question ends the command as it does everywhere. */
export async function consentsTo(
  { message }: RowsmithError,
  { input, output, exit }: QuestionPlace = atTerminal,
): Promise<boolean> {
  if (input.isTTY !== true || output.isTTY !== true) return false
  const prompt = createInterface({ input, output })
  // A terminal that is read key by key sends none by itself.
  prompt.on('SIGINT', () => {
    prompt.close()
    output.write('\n')
    exit(signalExitCodes.SIGINT)
  })
  try {
    const answer = await prompt.question(`${onOneLine(message)} Go on? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    prompt.close()
  }
}
