/** What a session of `dev` is started with. */
import type { Config } from '../config/schema/schema.ts'
import type { CreateOptions } from '../run/request/options.ts'

/** What a config file says at the moment. */
export interface LoadedConfig {
  readonly config: Config
  /** Those of a preview. */
  readonly options: CreateOptions
}

export interface DevOptions {
  /** The config's file. */
  readonly path: string
  /** Reads it, and every other file of the command line, as they are now. */
  readonly load: () => Promise<LoadedConfig>
  /** Where previews go, whatever the config says. */
  readonly place: { readonly artifactPath: string; readonly datasetName: string }
  /** Further files that decide the rows. */
  readonly files: readonly string[]
  /** Whether the config is code, which may read any file around it. */
  readonly isCode: boolean
  readonly rows: number
  readonly maxCost: number | null
  /** Consents to all requests. */
  readonly yes: boolean
  /** The command that makes the dataset, for those who look on. */
  readonly command: string
}
