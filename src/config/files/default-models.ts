/** Models that stand in no config: those that Data Designer keeps in its home folder, for configs that name none. */
import { z } from 'zod'
import { type Issue, issuesError, readBy } from '../reading/issues.ts'
import { strict } from '../reading/lax.ts'
import { rememberSource, sourceOf } from '../reading/source.ts'
import { parseYaml } from '../reading/yaml.ts'
import { modelConfig } from '../schema/models.ts'
import type { Config, ModelConfig } from '../schema/schema.ts'

const file = strict({ model_configs: z.array(modelConfig).default([]) })

/**
 * Reads a file in the shape of Data Designer's `model_configs.yaml`.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseDefaultModels(content: string, name: string): ModelConfig[] {
  const { value, source } = parseYaml(content, name)
  const { model_configs: models } = readBy(file, value ?? {}, source)
  const aliases = models.map(({ alias }) => alias)
  const issues: Issue[] = aliases.flatMap((alias, index) =>
    aliases.indexOf(alias) === index
      ? []
      : [{ path: ['model_configs', index, 'alias'], what: `duplicate model alias "${alias}"` }],
  )
  if (issues.length > 0) throw issuesError(issues, source)
  return models
}

/** A config that names no model gets all of these, used or not, as Data Designer does it: they count for its hash. */
export function withDefaultModels(config: Config, models: readonly ModelConfig[]): Config {
  if (config.model_configs.length > 0 || models.length === 0) return config
  return rememberSource({ ...config, model_configs: [...models] }, sourceOf(config))
}
