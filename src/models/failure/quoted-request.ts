/**
 * Takes out of an error what it quotes of the request: servers repeat prompts when they refuse them, and a prompt's words are no
 * words of the provider.
 *
 * Rules:
 *   1. What stands in quotation marks, and in the request, is a quotation.
 *   2. So are `RUN` words in a row that stand in the request in the same order, however both are escaped.
 */
import { present } from '../../base/errors/present.ts'
import { formatJson } from '../../base/values/json.ts'
import type { ModelRequest } from '../contract/contract.ts'

/** So many words in a row are a quote. */
const RUN = 5
const gap = '…'

/** A word; of a script without spaces, one character. */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[[\p{L}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]]+/gv
const quotation = /'[^'\n]+'|"[^"\n]+"|`[^`\n]+`|“[^”\n]+”/g

/** @param text an error's own sentence, perhaps with quotations */
export function withoutQuotations(text: string, request: ModelRequest): string {
  const plain = unescaped(text)
  const requestWords = wordsIn(unescaped(textOf(request))).map(({ text: each }) => each)
  const all = ` ${requestWords.join(' ')} `
  const covered: [from: number, to: number][] = []
  for (const { 0: quoted, index } of plain.matchAll(quotation)) {
    const inside = wordsIn(quoted).map(({ text: each }) => each)
    if (inside.length > 0 && all.includes(` ${inside.join(' ')} `)) {
      covered.push([index + 1, index + quoted.length - 1])
    }
  }
  const runs = new Set<string>()
  for (let at = 0; at + RUN <= requestWords.length; at++) runs.add(requestWords.slice(at, at + RUN).join(' '))
  const said = wordsIn(plain)
  for (let at = 0; at + RUN <= said.length; at++) {
    const run = said.slice(at, at + RUN)
    if (!runs.has(run.map(({ text: each }) => each).join(' '))) continue
    covered.push([present(run[0], 'run').from, present(run.at(-1), 'run').to])
  }
  return withGaps(text, covered)
}

/** Everything in a request that an author wrote. */
function textOf(request: ModelRequest): string {
  const { provider: _provider, model: _model, ...requestWords } = request
  return formatJson(requestWords as never)
}

/** Of the same length: what stands for a line break or a quotation mark is no letter. */
function unescaped(text: string): string {
  return text.replace(/\\+[nrt"'\\]/g, (found) => ' '.repeat(found.length))
}

function wordsIn(text: string): { readonly text: string; readonly from: number; readonly to: number }[] {
  return [...text.matchAll(word)].map(({ 0: each, index }) => ({
    text: each.toLowerCase(),
    from: index,
    to: index + each.length,
  }))
}

function withGaps(text: string, covered: readonly (readonly [number, number])[]): string {
  let result = ''
  let at = 0
  for (const [from, to] of [...covered].sort((a, b) => a[0] - b[0])) {
    if (to <= at) continue
    if (from > at) result += `${text.slice(at, from)}${gap}`
    else if (result === '') result = gap
    at = to
  }
  return result + text.slice(at)
}
