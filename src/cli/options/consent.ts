/** Whether somebody at a terminal agrees to pay again for what was lost. */
import { createInterface } from 'node:readline/promises'
import type { RowsmithError } from '../../index.ts'
import { onOneLine } from '../text/terminal-text.ts'

/** Nobody is asked without a terminal: the answer is no. */
export async function consentsTo({ message }: RowsmithError): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return false
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question(`${onOneLine(message)} Go on? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    prompt.close()
  }
}
