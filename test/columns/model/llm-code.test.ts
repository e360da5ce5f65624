import { describe, expect, it, test } from 'vitest'
import { compileOne, makeCell, reply } from '../examples.ts'

const code = {
  name: 'program',
  column_type: 'llm-code',
  model_alias: 'writer',
  prompt: 'Sort {{ what }}.',
  code_lang: 'python',
}
const fence = '```'

function answered(content: string, language = 'python', finish = 'stop') {
  return makeCell(
    compileOne({ ...code, code_lang: language }, { max_conversation_restarts: 0 }),
    { what: 'a list' },
    [reply(content, finish)],
  )
}

test('a code cell asks for one block of its language', async () => {
  const { asked } = await answered(`${fence}python\nx\n${fence}`)
  expect(asked[0]!.messages[0]!.content).toMatch(/^Sort a list\.\n\n.*opens with ```python/s)
  const sql = await answered(`${fence}sql\nx\n${fence}`, 'sql:postgres')
  expect(sql.asked[0]!.messages[0]!.content).toMatch(/opens with ```sql .*The dialect is postgres\./s)
})

describe('the code of an answer', () => {
  it.each([
    [`Sure:\n\n${fence}python\ndef f():\n    return 1\n${fence}\nDone.`, 'def f():\n    return 1'],
    // the last block of the language counts, whatever comes after it
    [`${fence}python\nold\n${fence}\n${fence}python\nnew\n${fence}\n${fence}text\noutput\n${fence}`, 'new'],
    [`${fence}python\ncode\n${fence}\nOutput:\n${fence}\n42\n${fence}`, 'code'],
    // other words for the language, and none
    [`${fence}py\na\n${fence}`, 'a'],
    [`${fence}Python\r\na\r\nb\r\n${fence}`, 'a\nb'],
    [`${fence}\nfirst\n${fence}\n${fence}\nlast\n${fence}`, 'last'],
    // longer fences hold shorter ones; tildes are fences too; nothing needs to close the last
    [`\`${fence}python\n"""\n${fence}\n"""\n\`${fence}`, `"""\n${fence}\n"""`],
    ['~~~python\na\n~~~', 'a'],
    [`${fence}python\na\n  b`, 'a\n  b'],
    // the first line keeps its indentation
    [`${fence}python\n\n   \n    a\n\n${fence}`, '    a'],
    [`${fence}python title="x.py"\na\n${fence}`, 'a'],
  ])('%j', async (content, expected) => {
    const cell = await answered(content)
    expect(cell.error).toBeUndefined()
    expect(cell.value).toBe(expected)
  })

  it.each([
    ['print(1)', 'The answer has no ```python code block.'],
    [`${fence}javascript\nx\n${fence}`, 'The code block of the answer is tagged "javascript", not "python".'],
    [`${fence}python\n\n${fence}`, 'The python code block of the answer is empty.'],
  ])('%j is none', async (content, message) => {
    expect((await answered(content)).error).toMatchObject({ code: 'parse_failed', message })
  })

  it('is not taken from an answer that was cut off', async () => {
    const cell = await answered(`${fence}python\ndef f():`, 'python', 'length')
    expect(cell.error).toMatchObject({ code: 'truncated' })
  })

  it.each([
    ['sql:tsql', 'sql'],
    ['sql:mysql', 'mysql'],
    ['csharp', 'c#'],
    ['cpp', 'c++'],
    ['bash', 'sh'],
    ['go', 'golang'],
    ['typescript', 'ts'],
  ])('%s may be tagged %s', async (language, tag) => {
    expect((await answered(`${fence}${tag}\nx\n${fence}`, language)).value).toBe('x')
  })
})

test('code without a block is told so in a correction step', async () => {
  const column = compileOne(code, { max_conversation_correction_steps: 1 })
  const answers = [reply('print(1)'), reply(`${fence}python\nprint(1)\n${fence}`)]
  const cell = await makeCell(column, { what: 'a list' }, answers)
  expect(cell.value).toBe('print(1)')
  expect(cell.asked[1]!.messages.at(-1)!.content).toContain('has no ```python code block')
})
