/** What can be checked before a run: a config, its models, its tools. */
import type { Config, ModelConfig } from '../config/schema/schema.ts'
import type { ModelCheck } from '../models/connect/check-models.ts'
import { type AskOptions, askModelOf, type ModelAnswer } from '../preflight/ask-model.ts'
import { type CheckModelsOptions, checkModelsOf } from '../preflight/check-models.ts'
import { type CheckToolsOptions, checkToolsOf } from '../preflight/check-tools.ts'
import { type ValidateOptions, type Validation, validateConfig } from '../preflight/validate.ts'
import type { Components } from '../run/request/options.ts'
import type { ToolCheck } from '../tools/toolbox/check-tools.ts'
import { runComponents } from './components.ts'
import { type AnyConfig, configOf } from './load.ts'

/**
 * Checks a config as far as it can be without a network or a dataset. A seed dataset that is there is read through.
 *
 * @throws RowsmithError config_invalid, template_invalid, unknown_model_alias, unknown_provider, seed_unreadable, persons_unreadable
 */
export async function validate(config: AnyConfig, options: ValidateOptions = {}): Promise<Validation> {
  return validateConfig(await configOf(config), options)
}

/**
 * Sends every model that a config uses the smallest request of its kind, all at once, and reports the outcome. This costs
 * a request each; a run never does it.
 *
 * @param config a config, or models to be checked all
 * @throws RowsmithError unknown_model_alias for an alias that is nowhere; config_not_found for a TLS file. What is wrong with
 *   a model is in the result
 */
export function checkModels(
  config: Config | readonly ModelConfig[],
  options: CheckModelsOptions = {},
  components: Components = {},
): Promise<ModelCheck[]> {
  return checkModelsOf(config, options, runComponents(components))
}

/**
 * Sends one model one prompt, outside of a run: one request, of which nothing is stored.
 *
 * @param config a config, or models
 * @throws RowsmithError unknown_model_alias, usage for an image model; what is wrong with the model or its answer
 */
export function askModel(
  config: Config | readonly ModelConfig[],
  alias: string,
  prompt: string,
  options: AskOptions = {},
  components: Components = {},
): Promise<ModelAnswer> {
  return askModelOf(config, alias, prompt, options, runComponents(components))
}

/**
 * Connects to every provider of tools that a config uses, or starts it, and reports what it has and what is missing. No tool is
 * called; what was started is stopped again.
 *
 * @throws RowsmithError config_invalid; the signal's reason. What is wrong with a provider or an alias is in the result
 */
export function checkTools(
  config: Config,
  options: CheckToolsOptions = {},
  components: Components = {},
): Promise<ToolCheck[]> {
  return checkToolsOf(config, options, runComponents(components))
}
