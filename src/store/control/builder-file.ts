/** `builder_config.json`: the config as Data Designer saves it, under `data_designer`. The tool that continues a dataset writes it again. */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { Found } from '../../plan/facts.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { readJsonFile } from '../files/read-file.ts'

/** Everything in the file. */
export type BuilderFile = Found<ValueObject>

export function readBuilderFile({ disk, layout }: DatasetDirectory): Promise<BuilderFile> {
  return readJsonFile(
    disk,
    layout.builderConfig,
    'builder_config.json',
    'no_stored_identity',
    (fields) => fields,
  )
}

/** The config in it; a file without one is a defect. */
export function builderConfigIn(found: BuilderFile): Found<Value> {
  if (found.kind !== 'read') return found
  const { data_designer: config } = found.contents
  if (config !== undefined) return { kind: 'read', contents: config }
  const { code, message } = new RowsmithError(
    'no_stored_identity',
    'builder_config.json: the field data_designer is missing.',
  )
  return { kind: 'defect', defect: { code, message } }
}
