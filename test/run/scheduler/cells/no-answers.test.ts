/** Successes that hold no answer: a wrong endpoint, a gateway's page, another server's JSON. */
import { describe, expect, it } from 'vitest'
import { create } from '../../../../src/index.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../../support/small-runs.ts'

const folder = artifactFolder()
const page = '<html><head><title>Welcome to nginx!</title></head><body></body></html>'
const said = (body: string) => ({ status: 200, headers: {}, body })
const run = async (components: ReturnType<typeof quick>['components'], name: string) =>
  create(smallConfig(undefined, 4n), { ...smallOptions(folder.path, 20), datasetName: name }, components)

describe('a success without an answer', () => {
  it.each([
    ['a page', page, 'Welcome to nginx!'],
    ['JSON of another shape', '{"status":"up"}', '{"status":"up"}'],
    ['a list', '[1, 2]', '[1, 2]'],
    ['a word', 'OK', 'OK'],
    ['nothing', '', 'an empty body'],
    ['an answer within something else', '{"data":{"choices":[]},"code":0}', 'data'],
    [
      "Ollama's own lines",
      '{"model":"m","created_at":"now","done":false}\n{"model":"m","created_at":"now","done":true}',
      'created_at',
    ],
  ])('stops a run in which nobody was answered, after a few: %s', async (name, body, shown) => {
    const { components, asked } = quick(() => said(body))
    const error = await failureOf(run(components, name.replace(/\W/g, '-')))
    expect(error).toMatchObject({ code: 'endpoint_unreachable' })
    expect(error.message).toContain('answered none of 5 requests')
    expect(error.message).toContain(shown)
    // Five, and what was in flight.
    expect(asked.length).toBeLessThanOrEqual(9)
  })

  it('is asked for again, and costs no row, where others are answered', async () => {
    const { components } = quick((each) =>
      rowOf(each) % 4 === 3 && each.before === 0 ? said(page) : echo(each),
    )
    const { summary } = await run(components, 'mixed')
    expect(summary).toMatchObject({ rows_written: 20, rows_dropped: 0 })
  })
})
