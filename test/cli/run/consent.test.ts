import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { consentsTo } from '../../../src/cli/run/consent.ts'
import { RowsmithError } from '../../../src/index.ts'

const lost = new RowsmithError('answers_lost', '12 answers are gone.')

/** Types the keys once the question is there. @returns the answer, or the code that the command ends with */
async function answered(keys: string, isTTY = true): Promise<{ end: boolean | number; shown: string }> {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 })
  let shown = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    if (!shown.includes('[y/N]') && (shown + text).includes('[y/N]')) input.write(keys)
    shown += text
  })
  const end = await new Promise<boolean | number>((resolve) => {
    void consentsTo(lost, { input, output, exit: resolve }).then(resolve)
  })
  return { end, shown }
}

describe('at a terminal, whether lost answers are paid for again is asked, and', () => {
  test.each([
    ['y', 'y\r', true],
    ['yes', 'YES\r', true],
    ['n', 'n\r', false],
    ['nothing', '\r', false],
    ['another word', 'yesterday\r', false],
    ['Ctrl-D', '\x04', false],
    ['Ctrl-C, which ends the command with 130', '\x03', 130],
  ])('the answer is %s', async (_what, keys, end) => {
    const found = await answered(keys)
    expect(found.end).toBe(end)
    expect(found.shown).toContain('12 answers are gone. Go on? [y/N]')
  })
})

test('without a terminal nothing is asked, and the answer is no', async () => {
  expect(await answered('y\r', false)).toEqual({ end: false, shown: '' })
})
