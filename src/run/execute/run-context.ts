import type { LazyResource } from '../../base/work/lazy-resource.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Models } from '../../models/contract/contract.ts'
import type { SeedDataset } from '../../seed/dataset/dataset.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { Publisher } from '../../store/publishing/publish.ts'
import type { ToolConnections } from '../../tools/toolbox/connect.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { CompiledConfig } from '../prepare/compiled-config.ts'
import type { EventStream } from '../report/events.ts'
import type { ResolvedComponents, ResolvedOptions } from '../request/options.ts'

/** A run before it is carried out: what is to be done, where, and with what. */
export interface PreparedRun {
  readonly compiled: CompiledConfig
  readonly dataset: OpenDataset
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
  readonly events: EventStream
  /** The seed dataset, open; null when the config has none. */
  readonly seed: SeedDataset | null
  readonly providers: readonly ProviderConfig[]
  /** Connects the models; called only when cells are due. */
  readonly connect: () => Models
  /** Connects the tools; called only when cells are due. */
  readonly connectTools: () => ToolConnections
}

/** A run that is being carried out, with what its parts share. */
export interface RunContext extends PreparedRun {
  readonly publisher: LazyResource<Publisher>
  readonly encoder: LazyResource<Encodes>
}
