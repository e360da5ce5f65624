/** A real process that makes datasets on request, one after the other, against another that does the same. */
import { create, loadConfig, type RowsmithError } from '../../src/index.ts'

export interface RaceJob {
  readonly artifactPath: string
  readonly datasetName: string
  readonly numRecords: number
  readonly waitForLockMs: number
  readonly endpoint: string
}

/** The decision of a run that finished, or the code of the error it ended with. */
export type RaceEnd = { readonly decision: string } | { readonly code: string; readonly message: string }

const config = await loadConfig('examples/product-reviews.yaml')
const provider = {
  name: 'race',
  provider_type: 'openai',
  api_key: null,
  extra_body: null,
  extra_headers: null,
} as const

process.on('message', ({ endpoint, ...job }: RaceJob) => {
  create(config, {
    ...job,
    runConfig: { buffer_size: 5 },
    providers: [{ ...provider, endpoint }],
    models: [{ alias: 'writer', provider: 'race', model: 'simulated' }],
  }).then(
    ({ decision }) => process.send?.({ decision } satisfies RaceEnd),
    ({ code, message }: RowsmithError) => process.send?.({ code, message } satisfies RaceEnd),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
