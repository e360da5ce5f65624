/**
 * A real process that makes a dataset on a volatile disk, to be killed at any moment: the kill is a power loss.
 * Loads everything first and says so, then waits for its job.
 */
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { isCodePath } from '../../code/load-code.ts'
import { parseConfig } from '../../config/form/load.ts'
import type { Disk } from '../../disk/disk.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import type { ProviderConfig, Results } from '../../index.ts'
import { create, loadConfig, retry } from '../../index.ts'
import type { Summary } from '../../run/report/summary.ts'
import { VolatileDisk } from '../disks/volatile-disk.ts'
import { type CrashJob, type CrashReply, noLimits } from './crash-job.ts'
import { crashPrice } from './crash-scenes.ts'

const provider = 'crashtest'

async function work(job: CrashJob): Promise<Results> {
  const plain = job.staging === null ? nodeDisk : volatile(job.staging, job.syncMs)
  const disk = job.wrapDisk === null ? plain : (await wrapper(job.wrapDisk))(plain)
  const config = isCodePath(job.config) ? await loadConfig(job.config) : parseConfig(job.config, 'the config')
  const providers: ProviderConfig[] = [
    {
      name: provider,
      endpoint: job.endpoint,
      provider_type: 'openai',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    },
  ]
  if (job.retryRows !== null) {
    const rows = [[0, job.retryRows - 1]] as const
    const { maxParallelRequests, limits = noLimits } = job
    const options = { rows, providers, maxParallelRequests, ...limits }
    return retry(join(job.artifactPath, job.datasetName), options, { disk })
  }
  return create(
    config,
    {
      artifactPath: job.artifactPath,
      datasetName: job.datasetName,
      numRecords: job.numRecords,
      runConfig: {
        buffer_size: job.bufferSize,
        // Many kills leave many calls of which it is unknown whether they were made: that is no broken model.
        ...(job.mcpProviders === undefined ? {} : { disable_early_shutdown: true }),
        prices: Object.fromEntries(config.model_configs.map(({ alias }) => [alias, crashPrice])),
      },
      ...(job.limits ?? noLimits),
      ...(job.reuse === undefined ? {} : { reuse: { directory: job.reuse } }),
      maxParallelRequests: job.maxParallelRequests,
      ...(job.mcpProviders === undefined ? {} : { mcpProviders: job.mcpProviders }),
      ...(job.seed === null ? {} : { seed: BigInt(job.seed) }),
      providers,
      models: config.model_configs.map(({ alias, model }) => ({ alias, provider, model })),
    },
    { disk },
  )
}

/** @returns `wrap` of a module */
async function wrapper(address: string): Promise<(disk: Disk) => Disk> {
  const { wrap }: { readonly wrap?: unknown } = await import(address)
  if (typeof wrap === 'function') return wrap as (disk: Disk) => Disk
  throw new RowsmithError('usage', `${address} exports no function \`wrap\``)
}

function volatile(staging: string, syncMs: number): VolatileDisk {
  return new VolatileDisk({ staging, syncMs, passes: (path) => path.includes('/.rowsmith/lock') })
}

function say(reply: CrashReply, then: () => void = () => {}): void {
  process.send?.(reply, then)
}

process.on('disconnect', () => process.exit(1))
process.on('message', (job: CrashJob) => {
  work(job).then(
    ({ summary }) => say({ kind: 'done', summary }, () => process.exit(0)),
    (error: unknown) => {
      const code = RowsmithError.isInstance(error) ? error.code : 'not a RowsmithError'
      const message = error instanceof Error ? error.message : String(error)
      const summary = (error as { summary?: Summary }).summary ?? null
      say({ kind: 'failed', code, message, summary }, () => process.exit(1))
    },
  )
})
// A process that is killed leaves no compiled code behind by itself.
flushCompileCache()
say({ kind: 'ready' })
