/** How models are called: one request after the other, or by batches. Decides nothing but when answers come, and what they cost. */
import { z } from 'zod'
import { float, int, read, strict } from '../reading/lax.ts'

const settings = strict({
  mode: z.enum(['batch', 'sync']).default('batch'),
  /** What the provider may take: `24h`, of some more. */
  window: z
    .string()
    .regex(/^[1-9]\d*h$/, 'must be whole hours such as 24h')
    .default('24h'),
  /** Seconds after which a batch is handed over though more requests may come; null: it waits for all that can be requested now. */
  max_wait: float(z.number().gt(0)).nullable().default(null),
  /** Fewer requests are sent one by one. */
  min_requests: int(z.int().min(1)).default(100),
  /** What becomes of those, and of corrections. */
  remainder: z.enum(['sync', 'batch']).default('sync'),
  /** Seconds between the first looks at a batch; up to five minutes later. */
  poll: float(z.number().gt(0)).default(30),
  /** Whether no other process makes batches in the workspace of the key: then one that may be this dataset's is. */
  workspace: z.enum(['shared', 'exclusive']).default('shared'),
})

export type Inference = z.output<typeof settings>

/** `batch`, or settings of it. */
export const inference = z.union([
  read(settings, 'batch or sync', (value) =>
    value === 'batch' || value === 'sync' ? settings.parse({ mode: value }) : undefined,
  ),
  settings,
])
