/** `rowsmith/config`: files next to a config, configs as plain values, and conversions. By hand. */
export {
  convertConfig,
  type Home,
  loadHome,
  loadMcpProviders,
  loadProviders,
  loadRunConfig,
} from '../api/load.ts'
export { configFromCode } from '../code/from-code.ts'
export { type ConfigFormat, configFormats } from '../config/convert/write-config.ts'
export { withDefaultModels } from '../config/files/default-models.ts'
export { configFromValue } from '../config/form/load.ts'
export { jsonSchema, type SchemaKind, schemaKinds } from '../config/json-schema/json-schema.ts'
export { personLocales } from '../config/schema/samplers.ts'
export { managedAssetsFolder } from '../seed/dataset/persons.ts'
