/** Whether the user at a terminal agrees to pay again for lost answers. */
import { createInterface } from 'node:readline/promises'
import type { RowsmithError } from '../../index.ts'
import { commandIsOver } from '../output/command-end.ts'
import { signalExitCodes } from '../process/exit-codes.ts'
import { onOneLine } from '../text/terminal-text.ts'

/** Without a terminal there is no question: the answer is no. */
export async function consentsTo({ message }: RowsmithError): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return false
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  // A terminal that is read key by key sends none by itself.
  prompt.on('SIGINT', () => {
    prompt.close()
    process.stderr.write('\n')
    // The run is over, and nothing is open.
    commandIsOver()
    process.exit(signalExitCodes.SIGINT)
  })
  try {
    const answer = await prompt.question(`${onOneLine(message)} Go on? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    prompt.close()
  }
}
