/** Whether the models of a run can be called, as far as that shows without a request: the check of `create`, without a connection. */

import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Disk } from '../../disk/disk.ts'
import { type ConnectOptions, connectModels } from '../../models/connect/connect.ts'
import { readTlsFiles } from '../../models/http/tls.ts'
import type { Transport } from '../../models/http/transport.ts'
import { type CompiledConfig, usedModels } from './compiled-config.ts'

const unasked: Transport = {
  post: async () => {
    throw new Error('No request is sent here.')
  },
  close: async () => {},
}

interface ConnectableParts {
  readonly providers: readonly ProviderConfig[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly disk: Disk
  readonly languageModels?: NonNullable<ConnectOptions['languageModels']>
}

/** @throws RowsmithError unknown_provider, missing_api_key and what else `connectModels` says before the first request */
export async function requireConnectable(
  compiled: CompiledConfig,
  { providers, env, disk, languageModels = {} }: ConnectableParts,
): Promise<void> {
  const models = usedModels(compiled)
  const used = new Set(models.map(({ provider }) => provider))
  const tls = await readTlsFiles(
    disk,
    providers.filter(({ name }) => used.has(name)),
  )
  await connectModels({ models, providers, env, tls, languageModels, transport: () => unasked }).close()
}
