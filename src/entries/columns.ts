/** `rowsmith/columns`: kinds of columns and processors, for `dataset()`. By hand. */
export {
  type CheckResult,
  check,
  codeCheck,
  compute,
  computeAll,
  configColumn,
  expr,
  remoteCheck,
  seedColumn,
} from '../typed/columns/computed-columns.ts'
export {
  type AnySchema,
  type CellOf,
  type Embedding,
  embedding,
  image,
  llmCode,
  llmJudge,
  llmStructured,
  llmText,
  type Score,
  type TraceMessage,
} from '../typed/columns/model-columns.ts'
export type { Ref, Refs } from '../typed/columns/references.ts'
export {
  bernoulli,
  bernoulliMixture,
  binomial,
  category,
  datetime,
  gaussian,
  type Person,
  person,
  personFromDataset,
  poisson,
  scipy,
  subcategory,
  timedelta,
  uniform,
  uuid,
} from '../typed/columns/samplers.ts'
export type { Column, Scope } from '../typed/columns/scope.ts'
export type { Model, Tools } from '../typed/models.ts'
export { dropColumns, mapRows, type Processor, schemaTransform, sql } from '../typed/processors.ts'
export type { Seed } from '../typed/seeds.ts'
