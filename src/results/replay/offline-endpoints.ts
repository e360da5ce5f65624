/** Models of a run that sends nothing: they refuse. */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Config } from '../../config/schema/schema.ts'
import { connectModels } from '../../models/connect/connect.ts'
import type { Attempt, ModelRequest, Models } from '../../models/contract/contract.ts'
import type { EffectKey } from '../../run/effects/journal-records.ts'

/** What the caller gets. */
export const refusal: Extract<Attempt, { kind: 'failed' }> = {
  kind: 'failed',
  failure: {
    code: 'not_attempted',
    action: 'drop',
    message: 'no answer is stored',
    status: null,
    retryAfterMs: null,
    maybeCharged: false,
  },
}

/** Models that write down who called, and have no answer. */
export function refusingModels(
  used: Config['model_configs'],
  providers: readonly ProviderConfig[],
  report: (key: EffectKey) => void,
  onRequest: (request: ModelRequest) => void,
): Models {
  const models = connectModels({
    models: used,
    providers: providers.map((provider) => ({ ...provider, api_key: null })),
    env: {},
    transport: () => ({
      post: async () => {
        throw new RowsmithError('internal', 'Nothing is sent while a dataset is checked.')
      },
      close: async () => {},
    }),
  })
  const endpoints = new Map(
    used.map(({ alias }) => {
      const { provider, model, limit } = models.endpoint(alias)
      const send = async (_: unknown, { effectKey }: { effectKey: string }) => {
        report(effectKey)
        return refusal
      }
      return [alias, { provider, model, limit, send }] as const
    }),
  )
  return {
    ...models,
    request: (alias, prompt, draw) => {
      const request = models.request(alias, prompt, draw)
      onRequest(request)
      return request
    },
    endpoint: (alias) => endpoints.get(alias) ?? models.endpoint(alias),
  }
}
