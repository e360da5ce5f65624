/** The small run with images: one is drawn of every topic, and what is finished is finished with a look at it. */
import type { Value, ValueObject } from '../../../src/base/values/value.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import type { Config } from '../../../src/config/schema/schema.ts'

export function withPictures(value: ValueObject): Config {
  const columns = (value.columns as ValueObject[]).map((column) =>
    column.name === 'text'
      ? { ...column, multi_modal_context: [{ modality: 'image', column_name: 'picture' }] }
      : column,
  )
  const painter = { alias: 'painter', provider: 'simulator', model: 'gpt-image-1' }
  const picture = {
    name: 'picture',
    column_type: 'image',
    model_alias: 'painter',
    prompt: 'Draw {{ topic }} as in {{ sketch }}',
  }
  return configFromValue(
    {
      ...value,
      model_configs: [...(value.model_configs as Value[]), painter],
      columns: [...columns, picture],
    },
    'the small run with images',
  )
}
