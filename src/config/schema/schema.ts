/**
 * The root of a config, and the types the rest of Rowsmith knows it by.
 *
 * Field names are the ones in the file. Every default is filled in. Integer fields are `number`; only free-form
 * data (`extra_body`, `output_format`, `template`, category values) keeps integers as `bigint`.
 */
import { z } from 'zod'
import { list, strict } from '../reading/lax.ts'
import { column } from './columns.ts'
import { constraint } from './constraints.ts'
import { modelConfig, profiler, toolConfig } from './models.ts'
import { processor } from './processors.ts'
import { seedConfig } from './seeds.ts'

export const configSchema = strict({
  columns: z.array(column),
  model_configs: list(modelConfig),
  tool_configs: list(toolConfig),
  seed_config: seedConfig.nullable().default(null),
  constraints: list(constraint),
  profilers: list(profiler),
  processors: list(processor),
})

export type Config = z.output<typeof configSchema>
export type ColumnConfig = Config['columns'][number]
export type ColumnOf<Type extends ColumnConfig['column_type']> = Extract<ColumnConfig, { column_type: Type }>
export type SamplerParams = ColumnOf<'sampler'>['params']
export type ModelConfig = Config['model_configs'][number]
export type ToolConfig = Config['tool_configs'][number]
export type InferenceParameters = ModelConfig['inference_parameters']
