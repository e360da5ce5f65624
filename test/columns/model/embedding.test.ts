import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { conform } from '../../../src/base/values/column-type.ts'
import type { Value } from '../../../src/base/values/value.ts'
import type { ModelColumn } from '../../../src/columns/column/column.ts'
import { compileOne, reply, silent } from '../examples.ts'

const column = compileOne({
  name: 'vector',
  column_type: 'embedding',
  target_column: 'text',
  model_alias: 'writer',
}) as ModelColumn

/** The cell of a row, with what was asked for; each text becomes a vector of its length. */
async function embed(
  text: Value,
  vectorsOf = (texts: readonly string[]) => texts.map((t) => [t.length, 0.5]),
) {
  const asked: (readonly string[])[] = []
  const { value } = await column.run({
    ...silent,
    row: { text },
    random: keyedRandom(1n, 'c', 0),
    request: () => Promise.reject(new Error('asked a chat model')),
    embed: async ({ inputs }) => {
      asked.push(inputs)
      return { vectors: vectorsOf(inputs), usage: reply('').usage }
    },
  })
  return { value: conform(column.type, value), asked }
}

describe('an embedding column', () => {
  it('embeds a text in one request', async () => {
    expect(await embed('tea')).toEqual({
      value: { embeddings: [[3, 0.5]], num_embeddings: 1n, dimension: 2n },
      asked: [['tea']],
    })
  })

  it.each<[Value, string[]]>([
    [
      ['a', 'bc'],
      ['a', 'bc'],
    ],
    ['["a", "bc"]', ['a', 'bc']],
    ['["a", "bc",]', ['a', 'bc']],
    ["['a', 'b\\'c']", ['a', "b'c"]],
    ['[sic] they said', ['[sic] they said']],
    ['[not json]', ['[not json]']],
    [
      ['a', 1n, { b: 2 }],
      ['a', '1', '{"b":2.0}'],
    ],
    [7n, ['7']],
  ])('%o is sent as %o, also in one request', async (text, inputs) => {
    const { value, asked } = await embed(text)
    expect(asked).toEqual([inputs])
    expect(value).toMatchObject({ num_embeddings: BigInt(inputs.length) })
  })

  it('asks for nothing where there is a list of nothing', async () => {
    const nothing = { embeddings: [], num_embeddings: 0n, dimension: 0n }
    expect(await embed('[]')).toEqual({ value: nothing, asked: [] })
  })

  it.each<[Value]>([[null], ['  '], [['a', '']], [['a', null]]])(
    '%o holds something that cannot be embedded: the row fails before it costs anything',
    async (text) => {
      await expect(embed(text)).rejects.toMatchObject({ code: 'embedding_unusable' })
    },
  )

  it('tells once of the first vector of another dimension than those before it', async () => {
    const other = compileOne({
      name: 'v',
      column_type: 'embedding',
      target_column: 'text',
      model_alias: 'writer',
    })
    const warnings: (string | undefined)[] = []
    for (const length of [2, 2, 3, 2, 5]) {
      const made = await (other as ModelColumn).run({
        ...silent,
        row: { text: 'tea' },
        random: keyedRandom(1n, 'c', 0),
        request: () => Promise.reject(new Error('asked a chat model')),
        embed: async () => ({ vectors: [Array<number>(length).fill(1)], usage: reply('').usage }),
      })
      warnings.push(made.warning)
    }
    expect(warnings.filter(Boolean)).toEqual([
      expect.stringContaining('"v" has embeddings of 2 and of 3 numbers'),
    ])
    expect(warnings[2]).toBeDefined()
  })

  it('fails when a vector points nowhere', async () => {
    await expect(embed('tea', () => [[0, -0, 0]])).rejects.toMatchObject({ code: 'embedding_unusable' })
  })

  it('fails when other embeddings come back than were asked for', async () => {
    const few = embed(['a', 'b'], () => [[1]])
    await expect(few).rejects.toThrow('2 texts were sent, and 1 embeddings came back.')
    const uneven = embed(['a', 'b'], () => [[1], [1, 2]])
    await expect(uneven).rejects.toThrow('differ in length')
  })
})
