/** Whether the user at a terminal agrees to pay again for lost answers. */
import type { RowsmithError } from '../../index.ts'
import { answerTo, atTerminal, type QuestionPlace } from '../process/question.ts'
import { onOneLine } from '../text/terminal-text.ts'

/** Without a terminal there is no question: the answer is no. */
export async function consentsTo(
  { message }: RowsmithError,
  place: QuestionPlace = atTerminal,
): Promise<boolean> {
  const answer = await answerTo(`${onOneLine(message)} Go on? [y/N] `, place)
  return answer !== undefined && /^y(es)?$/i.test(answer)
}
