/**
 * Bad values of a config, at least one for every rule it is read by: what is given, and the line that says what is wrong.
 *
 * Lists of what is allowed, which grow, are cut at `; allowed` and `known are`.
 */

type Given = Readonly<Record<string, unknown>>

export interface BadValues {
  readonly of: string
  /** The whole config around one given map. */
  readonly config: (given: Given) => Given
  readonly cases: readonly (readonly [given: Given, line: string])[]
}

const models = [{ alias: 'writer', model: 'x', provider: 'simulator' }]
const topic = {
  name: 'topic',
  column_type: 'sampler',
  sampler_type: 'category',
  params: { values: ['x', 'y'] },
}
const when = {
  name: 'when',
  column_type: 'sampler',
  sampler_type: 'datetime',
  params: { start: '2024-01-01', end: '2024-02-01' },
}
const asked = { column_type: 'llm-text', prompt: 'On {{ topic }}', model_alias: 'writer' }

const root = (given: Given): Given => ({ model_configs: models, columns: [topic], ...given })
/** The given map over a fine one, as the only entry of a list. */
const within =
  (list: string, fine: Given) =>
  (given: Given): Given =>
    root({ [list]: [{ ...fine, ...given }] })
/** The second column. */
const column =
  (fine: Given) =>
  (given: Given): Given => ({ model_configs: models, columns: [topic, { name: 'a', ...fine, ...given }] })
const sampler =
  (type: string, fine: Given) =>
  (given: Given): Given =>
    column({ column_type: 'sampler', sampler_type: type, params: { ...fine, ...given } })({})

export const badValues: readonly BadValues[] = [
  {
    of: 'a config',
    config: root,
    cases: [
      [{ columns: null }, 'c.yaml:1: columns: must be a list (seen null)'],
      [{ columns: {} }, 'c.yaml:1: columns: must be a list (seen a map)'],
      [{ columns: ['x'] }, 'c.yaml:1: columns[0]: must be a map (seen "x")'],
      [{ columns: [] }, 'c.yaml:1: columns: must have at least 1 item'],
      [
        {
          columns: [
            {
              name: 'topic',
              column_type: 'sampler',
              sampler_type: 'category',
              params: { values: ['x', 'y'] },
              drop: true,
            },
          ],
        },
        'c.yaml:1: columns: every column is dropped, so nothing is left in the dataset',
      ],
      [
        {
          columns: [
            {
              name: 'topic',
              column_type: 'sampler',
              sampler_type: 'category',
              params: { values: ['x', 'y'] },
            },
            {
              name: 'topic',
              column_type: 'sampler',
              sampler_type: 'category',
              params: { values: ['x', 'y'] },
            },
          ],
        },
        'c.yaml:1: columns[1].name: duplicate column name "topic"; columns[0] has it too',
      ],
      [{ model_configs: {} }, 'c.yaml:1: model_configs: must be a list (seen a map)'],
      [{ model_configs: [3] }, 'c.yaml:1: model_configs[0]: must be a map (seen 3)'],
      [{ tool_configs: 'x' }, 'c.yaml:1: tool_configs: must be a list (seen "x")'],
      [{ seed_config: [] }, 'c.yaml:1: seed_config: must be a map (seen a list)'],
      [{ constraints: { a: 1 } }, 'c.yaml:1: constraints: must be a list (seen a map)'],
      [{ profilers: 'x' }, 'c.yaml:1: profilers: must be a list (seen "x")'],
      [{ processors: 3 }, 'c.yaml:1: processors: must be a list (seen 3)'],
      [{ column: [] }, 'c.yaml:1: column: unknown key; allowed'],
      [
        {
          model_configs: [
            { alias: 'writer', model: 'x', provider: 'simulator' },
            { alias: 'writer', model: 'x', provider: 'simulator' },
          ],
        },
        'c.yaml:1: model_configs[1].alias: duplicate model alias "writer"; model_configs[0] has it too',
      ],
    ],
  },
  {
    of: 'a column',
    config: column({ column_type: 'expression', expr: '1' }),
    cases: [
      [{ name: null }, 'c.yaml:1: columns[1].name: must be a string (seen null)'],
      [{ name: 5 }, 'c.yaml:1: columns[1].name: must be a string (seen 5)'],
      [{ name: '' }, 'c.yaml:1: columns[1].name: must not be empty'],
      [{ name: ' ' }, 'c.yaml:1: columns[1].name: must not be empty'],
      [{ name: 'topic' }, 'c.yaml:1: columns[1].name: duplicate column name "topic"; columns[0] has it too'],
      [{ drop: 'maybe' }, 'c.yaml:1: columns[1].drop: must be true or false (seen "maybe")'],
      [{ drop: 2 }, 'c.yaml:1: columns[1].drop: must be true or false (seen 2)'],
      [{ allow_resize: 'often' }, 'c.yaml:1: columns[1].allow_resize: must be true or false (seen "often")'],
      [
        { column_type: null },
        'c.yaml:1: columns[1].column_type: is not one of the allowed values (seen null); allowed',
      ],
      [
        { column_type: 'llm_text' },
        'c.yaml:1: columns[1].column_type: is not one of the allowed values (seen "llm_text"); allowed',
      ],
      [
        { column_type: 7 },
        'c.yaml:1: columns[1].column_type: is not one of the allowed values (seen 7); allowed',
      ],
      [{ skip: 'x' }, 'c.yaml:1: columns[1].skip: must be a map (seen "x")'],
      [{ skip: {} }, 'c.yaml:1: columns[1].skip.when: is required; it must be a string'],
      [{ skip: { when: 3 } }, 'c.yaml:1: columns[1].skip.when: must be a string (seen 3)'],
      [{ skip: { when: 'true' } }, 'c.yaml:1: columns[1].skip.when: must read a column, inside {{ }}'],
      [{ skip: { when: '{{ a }}' } }, 'c.yaml:1: columns[1].skip.when: "a" is what the column itself makes'],
      [{ skip: { when: '{{ b }}' } }, 'c.yaml:1: columns[1].skip.when: "b" is not a column'],
      [
        { skip: { when: '{{ topic ' } },
        'c.yaml:1: columns[1].skip.when: Template at 1:1: this tag has no end, "}}" is missing',
      ],
      [
        { skip: { when: '{{ topic }}', value: [1] } },
        'c.yaml:1: columns[1].skip.value: must be a string, a number, true, false or null (seen a list)',
      ],
      [{ skip: { when: '{{ topic }}', until: 1 } }, 'c.yaml:1: columns[1].skip.until: unknown key; allowed'],
      [
        { propagate_skip: 'sometimes' },
        'c.yaml:1: columns[1].propagate_skip: must be true or false (seen "sometimes")',
      ],
      [{ colour: 'red' }, 'c.yaml:1: columns[1].colour: unknown key; allowed'],
    ],
  },
  {
    of: 'an expression',
    config: column({ column_type: 'expression', expr: '1' }),
    cases: [
      [{ expr: null }, 'c.yaml:1: columns[1].expr: must be a string'],
      [{ expr: 1 }, 'c.yaml:1: columns[1].expr: must be a string'],
      [{ expr: '  ' }, 'c.yaml:1: columns[1].expr: must not be empty'],
      [{ expr: '{{ topc }}' }, 'c.yaml:1: columns[1].expr: "topc" is not a column; did you mean "topic"?'],
      [
        { expr: '{{ topic | uper }}' },
        'c.yaml:1: columns[1].expr: Template at 1:12: there is no filter "uper"; there are',
      ],
      [
        { expr: '{% if topic %}' },
        'c.yaml:1: columns[1].expr: Template at 1:4: this {% if %} has no {% endif %}',
      ],
      [{ expr: '{{ a }}' }, 'c.yaml:1: columns[1].expr: "a" is what the column itself makes'],
      [
        { dtype: 'text' },
        'c.yaml:1: columns[1].dtype: is not one of the allowed values (seen "text"); allowed',
      ],
      [{ dtype: 4 }, 'c.yaml:1: columns[1].dtype: is not one of the allowed values (seen 4); allowed'],
      [
        { dtype: 'int', skip: { when: '{{ topic }}', value: 'many' } },
        "c.yaml:1: columns[1].skip.value: cannot be made into the column's dtype",
      ],
    ],
  },
  {
    of: 'an llm-text column',
    config: column(asked),
    cases: [
      [{ prompt: null }, 'c.yaml:1: columns[1].prompt: must be a string'],
      [{ prompt: 5 }, 'c.yaml:1: columns[1].prompt: must be a string'],
      [
        { prompt: '{{ topc }}' },
        'c.yaml:1: columns[1].prompt: "topc" is not a column; did you mean "topic"?',
      ],
      [
        { prompt: '{{ topic' },
        'c.yaml:1: columns[1].prompt: Template at 1:1: this tag has no end, "}}" is missing',
      ],
      [
        { prompt: '{{ topic | nope }}' },
        'c.yaml:1: columns[1].prompt: Template at 1:12: there is no filter "nope"; there are',
      ],
      [{ model_alias: null }, 'c.yaml:1: columns[1].model_alias: must be a string (seen null)'],
      [{ model_alias: 5 }, 'c.yaml:1: columns[1].model_alias: must be a string (seen 5)'],
      [
        { model_alias: 'writr' },
        'c.yaml:1: columns[1].model_alias: unknown model alias "writr"; defined are writer; did you mean "writer"?',
      ],
      [{ system_prompt: 5 }, 'c.yaml:1: columns[1].system_prompt: must be a string'],
      [{ system_prompt: '{{ b }}' }, 'c.yaml:1: columns[1].system_prompt: "b" is not a column'],
      [
        { system_prompt: '{% for x %}' },
        'c.yaml:1: columns[1].system_prompt: Template at 1:10: found "%}" where "in" is due',
      ],
      [{ tool_alias: 5 }, 'c.yaml:1: columns[1].tool_alias: must be a string (seen 5)'],
      [{ tool_alias: 'search' }, 'c.yaml:1: columns[1].tool_alias: unknown tool alias "search"'],
      [
        { with_trace: 'some' },
        'c.yaml:1: columns[1].with_trace: is not one of the allowed values (seen "some"); allowed',
      ],
      [
        { with_trace: true },
        'c.yaml:1: columns[1].with_trace: is not one of the allowed values (seen true); allowed',
      ],
      [
        { extract_reasoning_content: 'x' },
        'c.yaml:1: columns[1].extract_reasoning_content: must be true or false (seen "x")',
      ],
      [{ multi_modal_context: {} }, 'c.yaml:1: columns[1].multi_modal_context: must be a list (seen a map)'],
      [{ multi_modal_context: [3] }, 'c.yaml:1: columns[1].multi_modal_context[0]: must be a map (seen 3)'],
      [
        { multi_modal_context: [{ modality: 'smell', column_name: 'topic' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].modality: is not one of the allowed values (seen "smell"); allowed',
      ],
      [
        { multi_modal_context: [{ modality: 'image' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].column_name: is required; it must be a string',
      ],
      [
        { multi_modal_context: [{ column_name: 'b' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].column_name: "b" is not a column',
      ],
      [
        { multi_modal_context: [{ column_name: 'topic', data_type: 'path' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].data_type: is not one of the allowed values (seen "path"); allowed',
      ],
      [
        { multi_modal_context: [{ column_name: 'topic', data_type: 'base64' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].image_format: is required when data_type is base64; allowed',
      ],
      [
        { multi_modal_context: [{ column_name: 'topic', image_format: 'bmp' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].image_format: is not one of the allowed values (seen "bmp"); allowed',
      ],
      [
        { multi_modal_context: [{ modality: 'audio', column_name: 'topic', audio_format: 'flac' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].audio_format: is not one of the allowed values (seen "flac"); allowed',
      ],
      [
        { multi_modal_context: [{ modality: 'audio', column_name: 'topic', data_type: 'base64' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].audio_format: is required when data_type is base64; allowed',
      ],
      [
        { multi_modal_context: [{ modality: 'video', column_name: 'topic', video_format: 'avi' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].video_format: is not one of the allowed values (seen "avi"); allowed',
      ],
      [
        { multi_modal_context: [{ modality: 'video', column_name: 'topic', data_type: 'base64' }] },
        'c.yaml:1: columns[1].multi_modal_context[0].video_format: is required when data_type is base64; allowed',
      ],
      [{ output_format: {} }, 'c.yaml:1: columns[1].output_format: unknown key; allowed'],
      [{ code_lang: 'python' }, 'c.yaml:1: columns[1].code_lang: unknown key; allowed'],
    ],
  },
  {
    of: 'an llm-code column',
    config: column({ ...asked, column_type: 'llm-code', code_lang: 'python' }),
    cases: [
      [
        { code_lang: null },
        'c.yaml:1: columns[1].code_lang: is not one of the allowed values (seen null); allowed',
      ],
      [
        { code_lang: 'pascal' },
        'c.yaml:1: columns[1].code_lang: is not one of the allowed values (seen "pascal"); allowed',
      ],
      [
        { code_lang: 'sql' },
        'c.yaml:1: columns[1].code_lang: is not one of the allowed values (seen "sql"); allowed',
      ],
      [
        { code_lang: 3 },
        'c.yaml:1: columns[1].code_lang: is not one of the allowed values (seen 3); allowed',
      ],
      [{ prompt: null }, 'c.yaml:1: columns[1].prompt: must be a string'],
      [{ model_alias: 'z' }, 'c.yaml:1: columns[1].model_alias: unknown model alias "z"; defined are writer'],
    ],
  },
  {
    of: 'an llm-structured column',
    config: column({
      ...asked,
      column_type: 'llm-structured',
      output_format: { type: 'object', properties: {} },
    }),
    cases: [
      [{ output_format: null }, 'c.yaml:1: columns[1].output_format: must be a map (seen null)'],
      [{ output_format: 'x' }, 'c.yaml:1: columns[1].output_format: must be a map (seen "x")'],
      [{ output_format: [] }, 'c.yaml:1: columns[1].output_format: must be a map (seen a list)'],
      [
        { output_format: { type: 'objekt' } },
        'c.yaml:1: columns[1]: A JSON Schema cannot be used: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf',
      ],
      [
        { output_format: { $ref: '#/$defs/none' } },
        "c.yaml:1: columns[1]: A JSON Schema cannot be used: can't resolve reference #/$defs/none from id ",
      ],
      [{ prompt: 3 }, 'c.yaml:1: columns[1].prompt: must be a string'],
      [{ model_alias: null }, 'c.yaml:1: columns[1].model_alias: must be a string (seen null)'],
    ],
  },
  {
    of: 'an llm-judge column',
    config: column({
      ...asked,
      column_type: 'llm-judge',
      scores: [{ name: 's', description: 'd', options: { 1: 'bad' } }],
    }),
    cases: [
      [{ scores: null }, 'c.yaml:1: columns[1].scores: must be a list (seen null)'],
      [{ scores: [] }, 'c.yaml:1: columns[1].scores: must have at least 1 item'],
      [{ scores: {} }, 'c.yaml:1: columns[1].scores: must be a list (seen a map)'],
      [{ scores: [3] }, 'c.yaml:1: columns[1].scores[0]: must be a map (seen 3)'],
      [
        { scores: [{ description: 'd', options: {} }] },
        'c.yaml:1: columns[1].scores[0].name: is required; it must be a string',
      ],
      [
        { scores: [{ name: 's', options: {} }] },
        'c.yaml:1: columns[1].scores[0].description: is required; it must be a string',
      ],
      [
        { scores: [{ name: 's', description: 'd' }] },
        'c.yaml:1: columns[1].scores[0].options: is required; it must be a map',
      ],
      [
        { scores: [{ name: 's', description: 'd', options: [] }] },
        'c.yaml:1: columns[1].scores[0].options: must be a map (seen a list)',
      ],
      [
        { scores: [{ name: 's', description: 'd', options: { '1': 2 } }] },
        'c.yaml:1: columns[1].scores[0].options.1: must be a string (seen 2)',
      ],
      [
        { scores: [{ name: 's', description: 'd', options: { '1': 'x' }, weight: 1 }] },
        'c.yaml:1: columns[1].scores[0].weight: unknown key; allowed',
      ],
      [{ prompt: null }, 'c.yaml:1: columns[1].prompt: must be a string'],
    ],
  },
  {
    of: 'a validation column',
    config: column({
      column_type: 'validation',
      target_columns: ['topic'],
      validator_type: 'code',
      validator_params: { code_lang: 'python' },
    }),
    cases: [
      [{ target_columns: null }, 'c.yaml:1: columns[1].target_columns: must be a list (seen null)'],
      [{ target_columns: 'topic' }, 'c.yaml:1: columns[1].target_columns: must be a list (seen "topic")'],
      [
        { target_columns: [] },
        'c.yaml:1: columns[1].target_columns: must have at least 1 item: there is nothing to check',
      ],
      [{ target_columns: ['b'] }, 'c.yaml:1: columns[1].target_columns[0]: "b" is not a column'],
      [{ target_columns: [1] }, 'c.yaml:1: columns[1].target_columns[0]: must be a string (seen 1)'],
      [
        { validator_type: null },
        'c.yaml:1: columns[1].validator_type: is not one of the allowed values (seen null); allowed',
      ],
      [
        { validator_type: 'regex' },
        'c.yaml:1: columns[1].validator_type: is not one of the allowed values (seen "regex"); allowed',
      ],
      [{ validator_params: null }, 'c.yaml:1: columns[1].validator_params: must be a map (seen null)'],
      [{ validator_params: [] }, 'c.yaml:1: columns[1].validator_params: must be a map (seen a list)'],
      [{ validator_params: {} }, 'c.yaml:1: columns[1].validator_params.code_lang: is required; allowed'],
      [
        { validator_params: { code_lang: 'pascal' } },
        'c.yaml:1: columns[1].validator_params.code_lang: is not one of the allowed values (seen "pascal"); allowed',
      ],
      [
        { validator_params: { code_lang: 'python', strict: true } },
        'c.yaml:1: columns[1].validator_params.strict: unknown key; allowed',
      ],
      [
        { validator_params: { validator_type: 'remote', endpoint_url: 'http://x' } },
        "c.yaml:1: columns[1].validator_params.validator_type: must be the column's own validator_type",
      ],
      [{ batch_size: 0 }, 'c.yaml:1: columns[1].batch_size: must be at least 1 (seen 0)'],
      [{ batch_size: 1.5 }, 'c.yaml:1: columns[1].batch_size: must be a whole number (seen 1.5)'],
      [{ batch_size: 'x' }, 'c.yaml:1: columns[1].batch_size: must be a whole number (seen "x")'],
      [
        { validator_type: 'remote', validator_params: {} },
        'c.yaml:1: columns[1].validator_params.endpoint_url: is required; it must be a string',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 5 } },
        'c.yaml:1: columns[1].validator_params.endpoint_url: must be a string (seen 5)',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 'http://x', timeout: 0 } },
        'c.yaml:1: columns[1].validator_params.timeout: must be above 0 (seen 0)',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 'http://x', timeout: 'x' } },
        'c.yaml:1: columns[1].validator_params.timeout: must be a number (seen "x")',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 'http://x', max_retries: -1 } },
        'c.yaml:1: columns[1].validator_params.max_retries: must be at least 0 (seen -1)',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 'http://x', retry_backoff: 1 } },
        'c.yaml:1: columns[1].validator_params.retry_backoff: must be above 1 (seen 1)',
      ],
      [
        {
          validator_type: 'remote',
          validator_params: { endpoint_url: 'http://x', max_parallel_requests: 0 },
        },
        'c.yaml:1: columns[1].validator_params.max_parallel_requests: must be at least 1 (seen 0)',
      ],
      [
        { validator_type: 'remote', validator_params: { endpoint_url: 'http://x', output_schema: 3 } },
        'c.yaml:1: columns[1].validator_params.output_schema: must be a map (seen 3)',
      ],
      [
        { validator_type: 'local_callable', validator_params: {} },
        'c.yaml:1: columns[1].validator_params.validation_function: is required; it must be a string',
      ],
      [
        { validator_type: 'local_callable', validator_params: { validation_function: 5 } },
        'c.yaml:1: columns[1].validator_params.validation_function: must be a string (seen 5)',
      ],
      [
        {
          validator_type: 'local_callable',
          validator_params: { validation_function: 'f', output_schema: [] },
        },
        'c.yaml:1: columns[1].validator_params.output_schema: must be a map (seen a list)',
      ],
    ],
  },
  {
    of: 'an embedding column',
    config: column({ column_type: 'embedding', target_column: 'topic', model_alias: 'writer' }),
    cases: [
      [{ target_column: null }, 'c.yaml:1: columns[1].target_column: must be a string (seen null)'],
      [{ target_column: 4 }, 'c.yaml:1: columns[1].target_column: must be a string (seen 4)'],
      [{ target_column: 'b' }, 'c.yaml:1: columns[1].target_column: "b" is not a column'],
      [{ model_alias: null }, 'c.yaml:1: columns[1].model_alias: must be a string (seen null)'],
      [{ model_alias: 'z' }, 'c.yaml:1: columns[1].model_alias: unknown model alias "z"; defined are writer'],
    ],
  },
  {
    of: 'an image column',
    config: column({ column_type: 'image', prompt: 'x', model_alias: 'writer' }),
    cases: [
      [{ prompt: null }, 'c.yaml:1: columns[1].prompt: must be a string'],
      [{ prompt: '{{ b }}' }, 'c.yaml:1: columns[1].prompt: "b" is not a column'],
      [{ model_alias: 'z' }, 'c.yaml:1: columns[1].model_alias: unknown model alias "z"; defined are writer'],
      [{ name: '../a' }, 'c.yaml:1: columns[1].name: "../a" is not a plain folder name'],
      [{ name: 'con' }, 'c.yaml:1: columns[1].name: "con" is not a plain folder name'],
      [{ multi_modal_context: 3 }, 'c.yaml:1: columns[1].multi_modal_context: must be a list (seen 3)'],
    ],
  },
  {
    of: 'a custom column',
    config: column({ column_type: 'custom', generator_function: 'f' }),
    cases: [
      [{ generator_function: null }, 'c.yaml:1: columns[1].generator_function: must be a string (seen null)'],
      [{ generator_function: 3 }, 'c.yaml:1: columns[1].generator_function: must be a string (seen 3)'],
      [
        { generation_strategy: 'row_by_row' },
        'c.yaml:1: columns[1].generation_strategy: is not one of the allowed values (seen "row_by_row"); allowed',
      ],
    ],
  },
  {
    of: 'a seed-dataset column',
    config: column({ column_type: 'seed-dataset' }),
    cases: [
      [{}, 'c.yaml:1: columns[1].name: "a" is a column of a seed dataset, but there is no seed_config'],
      [
        { skip: { when: '{{ topic }}' } },
        'c.yaml:1: columns[1].skip: cannot be used on a seed-dataset column',
      ],
      [{ prompt: 'x' }, 'c.yaml:1: columns[1].prompt: unknown key; allowed'],
    ],
  },
  {
    of: 'a sampler column',
    config: column({ column_type: 'sampler', sampler_type: 'uuid', params: {} }),
    cases: [
      [
        { sampler_type: null },
        'c.yaml:1: columns[1].sampler_type: is not one of the allowed values (seen null); allowed',
      ],
      [
        { sampler_type: 'unifrm' },
        'c.yaml:1: columns[1].sampler_type: is not one of the allowed values (seen "unifrm"); allowed',
      ],
      [{ params: null }, 'c.yaml:1: columns[1].params: must be a map (seen null)'],
      [{ params: 3 }, 'c.yaml:1: columns[1].params: must be a map (seen 3)'],
      [{ params: [] }, 'c.yaml:1: columns[1].params: must be a map (seen a list)'],
      [{ skip: { when: '{{ topic }}' } }, 'c.yaml:1: columns[1].skip: cannot be used on a sampler column'],
      [
        { params: { sampler_type: 'poisson', mean: 1 } },
        "c.yaml:1: columns[1].params.sampler_type: must be the column's own sampler_type",
      ],
      [{ conditional_params: [] }, 'c.yaml:1: columns[1].conditional_params: must be a map (seen a list)'],
      [
        { conditional_params: { 'topic ==': {} } },
        'c.yaml:1: columns[1].conditional_params["topic =="]: Template at 1:13: found "}}" where an expression is due',
      ],
      [
        { conditional_params: { 'b == 1': {} } },
        'c.yaml:1: columns[1].conditional_params["b == 1"]: "b" is not a sampler column',
      ],
      [
        { conditional_params: { "topic == 'x'": { short_form: 'x' } } },
        'c.yaml:1: columns[1].conditional_params["topic == \'x\'"].short_form: must be true or false (seen "x")',
      ],
      [{ convert_to: 5 }, 'c.yaml:1: columns[1].convert_to: must be a string (seen 5)'],
    ],
  },
  {
    of: 'category',
    config: sampler('category', { values: ['p', 'q'] }),
    cases: [
      [{ values: null }, 'c.yaml:1: columns[1].params.values: must be a list (seen null)'],
      [{ values: [] }, 'c.yaml:1: columns[1].params.values: must have at least 1 item'],
      [{ values: 'p' }, 'c.yaml:1: columns[1].params.values: must be a list (seen "p")'],
      [{ values: [null] }, 'c.yaml:1: columns[1].params.values[0]: must be a string or a number (seen null)'],
      [
        { values: [[1]] },
        'c.yaml:1: columns[1].params.values[0]: must be a string or a number (seen a list)',
      ],
      [{ weights: 'x' }, 'c.yaml:1: columns[1].params.weights: must be a list (seen "x")'],
      [{ weights: [1] }, 'c.yaml:1: columns[1].params.weights: there must be one weight for each value'],
      [{ weights: [0, 0] }, 'c.yaml:1: columns[1].params.weights: weights must add up to more than 0'],
      [{ weights: [2, -1] }, 'c.yaml:1: columns[1].params.weights[1]: must be at least 0 (seen -1)'],
      [
        { weights: ['a', 'b'] },
        'c.yaml:1: columns[1].params.weights[0]: must be a number (seen "a") (and 1 more problem)',
      ],
      [{ value: 1 }, 'c.yaml:1: columns[1].params.value: unknown key; allowed'],
    ],
  },
  {
    of: 'subcategory',
    config: sampler('subcategory', { category: 'topic', values: { x: ['1'], y: ['2'] } }),
    cases: [
      [{ category: null }, 'c.yaml:1: columns[1].params.category: must be a string (seen null)'],
      [{ category: 3 }, 'c.yaml:1: columns[1].params.category: must be a string (seen 3)'],
      [
        { category: 'topc' },
        'c.yaml:1: columns[1].params.category: "topc" is not a sampler column; did you mean "topic"?',
      ],
      [{ category: 'a' }, 'c.yaml:1: columns[1].params.category: "a" is not a sampler column'],
      [{ values: null }, 'c.yaml:1: columns[1].params.values: must be a map (seen null)'],
      [{ values: [] }, 'c.yaml:1: columns[1].params.values: must be a map (seen a list)'],
      [{ values: { x: '1', y: ['2'] } }, 'c.yaml:1: columns[1].params.values.x: must be a list (seen "1")'],
      [
        { values: { x: ['1'] } },
        'c.yaml:1: columns[1].params.values: has no list for "y", which "topic" can be',
      ],
      [{ values: { x: ['1'], y: [] } }, 'c.yaml:1: columns[1].params.values.y: must have at least 1 item'],
      [
        { values: { x: ['1'], y: ['2'], z: ['3'] } },
        'c.yaml:1: columns[1].params.values.z: is not a value of "topic"',
      ],
      [
        { values: { x: [null], y: ['2'] } },
        'c.yaml:1: columns[1].params.values.x[0]: must be a string or a number (seen null)',
      ],
    ],
  },
  {
    of: 'uniform',
    config: sampler('uniform', { low: 0, high: 1 }),
    cases: [
      [{ low: null }, 'c.yaml:1: columns[1].params.low: must be a number (seen null)'],
      [{ low: 'x' }, 'c.yaml:1: columns[1].params.low: must be a number (seen "x")'],
      [{ high: null }, 'c.yaml:1: columns[1].params.high: must be a number (seen null)'],
      [{ high: [1] }, 'c.yaml:1: columns[1].params.high: must be a number (seen a list)'],
      [
        { decimal_places: 1.5 },
        'c.yaml:1: columns[1].params.decimal_places: must be a whole number (seen 1.5)',
      ],
      [{ middle: 1 }, 'c.yaml:1: columns[1].params.middle: unknown key; allowed'],
    ],
  },
  {
    of: 'gaussian',
    config: sampler('gaussian', { mean: 0, stddev: 1 }),
    cases: [
      [{ mean: null }, 'c.yaml:1: columns[1].params.mean: must be a number (seen null)'],
      [{ mean: 'x' }, 'c.yaml:1: columns[1].params.mean: must be a number (seen "x")'],
      [{ stddev: null }, 'c.yaml:1: columns[1].params.stddev: must be a number (seen null)'],
      [{ stddev: {} }, 'c.yaml:1: columns[1].params.stddev: must be a number (seen a map)'],
      [{ stddev: -1 }, 'c.yaml:1: columns[1]: stddev is -1; it must not be negative.'],
      [
        { decimal_places: 'x' },
        'c.yaml:1: columns[1].params.decimal_places: must be a whole number (seen "x")',
      ],
    ],
  },
  {
    of: 'bernoulli',
    config: sampler('bernoulli', { p: 0.5 }),
    cases: [
      [{ p: null }, 'c.yaml:1: columns[1].params.p: must be a number (seen null)'],
      [{ p: 'x' }, 'c.yaml:1: columns[1].params.p: must be a number (seen "x")'],
      [{ p: -0.1 }, 'c.yaml:1: columns[1].params.p: must be at least 0 (seen -0.1)'],
      [{ p: 1.1 }, 'c.yaml:1: columns[1].params.p: must be at most 1 (seen 1.1)'],
    ],
  },
  {
    of: 'bernoulli_mixture',
    config: sampler('bernoulli_mixture', { p: 0.5, dist_name: 'norm', dist_params: {} }),
    cases: [
      [{ p: 2 }, 'c.yaml:1: columns[1].params.p: must be at most 1 (seen 2)'],
      [{ p: null }, 'c.yaml:1: columns[1].params.p: must be a number (seen null)'],
      [{ dist_name: null }, 'c.yaml:1: columns[1].params.dist_name: must be a string (seen null)'],
      [
        { dist_name: 'nrm' },
        'c.yaml:1: columns[1]: the distribution "nrm" is not known; did you mean "norm"?; known are',
      ],
      [{ dist_params: [] }, 'c.yaml:1: columns[1].params.dist_params: must be a map (seen a list)'],
      [{ dist_params: { scale: 'x' } }, 'c.yaml:1: columns[1]: scale of norm must be a number.'],
      [
        { dist_params: { sigma: 1 } },
        'c.yaml:1: columns[1]: dist_params has "sigma"; norm takes loc, scale.',
      ],
    ],
  },
  {
    of: 'binomial',
    config: sampler('binomial', { n: 5, p: 0.5 }),
    cases: [
      [{ n: null }, 'c.yaml:1: columns[1].params.n: must be a whole number (seen null)'],
      [{ n: 1.5 }, 'c.yaml:1: columns[1].params.n: must be a whole number (seen 1.5)'],
      [{ n: -1 }, 'c.yaml:1: columns[1]: n is -1; it must not be negative.'],
      [{ p: 2 }, 'c.yaml:1: columns[1].params.p: must be at most 1 (seen 2)'],
      [{ p: null }, 'c.yaml:1: columns[1].params.p: must be a number (seen null)'],
    ],
  },
  {
    of: 'poisson',
    config: sampler('poisson', { mean: 3 }),
    cases: [
      [{ mean: null }, 'c.yaml:1: columns[1].params.mean: must be a number (seen null)'],
      [{ mean: 'x' }, 'c.yaml:1: columns[1].params.mean: must be a number (seen "x")'],
      [{ mean: -1 }, 'c.yaml:1: columns[1]: mean is -1; it must be from 0 to 1e15.'],
    ],
  },
  {
    of: 'scipy',
    config: sampler('scipy', { dist_name: 'norm', dist_params: {} }),
    cases: [
      [{ dist_name: null }, 'c.yaml:1: columns[1].params.dist_name: must be a string (seen null)'],
      [{ dist_name: 5 }, 'c.yaml:1: columns[1].params.dist_name: must be a string (seen 5)'],
      [
        { dist_name: 'normm' },
        'c.yaml:1: columns[1]: the distribution "normm" is not known; did you mean "norm"?; known are',
      ],
      [{ dist_params: null }, 'c.yaml:1: columns[1].params.dist_params: must be a map (seen null)'],
      [{ dist_params: 3 }, 'c.yaml:1: columns[1].params.dist_params: must be a map (seen 3)'],
      [{ dist_params: { scale: -1 } }, 'c.yaml:1: columns[1]: scale of norm is -1; it must not be negative.'],
      [
        { dist_params: { scael: 1 } },
        'c.yaml:1: columns[1]: dist_params has "scael"; norm takes loc, scale.',
      ],
      [
        { decimal_places: 0.5 },
        'c.yaml:1: columns[1].params.decimal_places: must be a whole number (seen 0.5)',
      ],
    ],
  },
  {
    of: 'uuid',
    config: sampler('uuid', {}),
    cases: [
      [{ prefix: 5 }, 'c.yaml:1: columns[1].params.prefix: must be a string (seen 5)'],
      [{ short_form: 'x' }, 'c.yaml:1: columns[1].params.short_form: must be true or false (seen "x")'],
      [{ uppercase: 3 }, 'c.yaml:1: columns[1].params.uppercase: must be true or false (seen 3)'],
      [{ length: 4 }, 'c.yaml:1: columns[1].params.length: unknown key; allowed'],
    ],
  },
  {
    of: 'datetime',
    config: sampler('datetime', { start: '2024-01-01', end: '2024-02-01' }),
    cases: [
      [{ start: null }, 'c.yaml:1: columns[1].params.start: must be a string (seen null)'],
      [{ start: 'soon' }, 'c.yaml:1: columns[1].params.start: is not a date'],
      [{ start: 5 }, 'c.yaml:1: columns[1].params.start: must be a string (seen 5)'],
      [{ end: '2024-13-01' }, 'c.yaml:1: columns[1].params.end: is not a date'],
      [{ end: '' }, 'c.yaml:1: columns[1].params.end: must not be empty (and 1 more problem)'],
      [{ end: '2023-01-01' }, 'c.yaml:1: columns[1]: end must be at least a second after start.'],
      [
        { unit: 'week' },
        'c.yaml:1: columns[1].params.unit: is not one of the allowed values (seen "week"); allowed',
      ],
    ],
  },
  {
    of: 'timedelta',
    config: (given) => ({
      columns: [
        when,
        {
          name: 'a',
          column_type: 'sampler',
          sampler_type: 'timedelta',
          params: { dt_min: 1, dt_max: 2, reference_column_name: 'when', ...given },
        },
      ],
    }),
    cases: [
      [{ dt_min: null }, 'c.yaml:1: columns[1].params.dt_min: must be a whole number (seen null)'],
      [{ dt_min: -1 }, 'c.yaml:1: columns[1].params.dt_min: must be at least 0 (seen -1)'],
      [{ dt_min: 1.5 }, 'c.yaml:1: columns[1].params.dt_min: must be a whole number (seen 1.5)'],
      [{ dt_max: 0 }, 'c.yaml:1: columns[1].params.dt_max: must be at least 1 (seen 0) (and 1 more problem)'],
      [{ dt_max: 1 }, 'c.yaml:1: columns[1].params.dt_max: dt_max must be above dt_min'],
      [
        { reference_column_name: null },
        'c.yaml:1: columns[1].params.reference_column_name: must be a string (seen null)',
      ],
      [
        { reference_column_name: 'whn' },
        'c.yaml:1: columns[1].params.reference_column_name: "whn" is not a sampler column; did you mean "when"?',
      ],
      [
        { reference_column_name: 'a' },
        'c.yaml:1: columns[1].params.reference_column_name: "a" is not a sampler column',
      ],
      [
        { unit: 'M' },
        'c.yaml:1: columns[1].params.unit: is not one of the allowed values (seen "M"); allowed',
      ],
    ],
  },
  {
    of: 'person',
    config: sampler('person', {}),
    cases: [
      [
        { locale: 'xx_XX' },
        'c.yaml:1: columns[1].params.locale: is not one of the allowed values (seen "xx_XX"); allowed',
      ],
      [
        { sex: 'male' },
        'c.yaml:1: columns[1].params.sex: is not one of the allowed values (seen "male"); allowed',
      ],
      [{ city: 5 }, 'c.yaml:1: columns[1].params.city: must be a string or a list (seen 5)'],
      [{ city: [5] }, 'c.yaml:1: columns[1].params.city[0]: must be a string (seen 5)'],
      [{ age_range: 3 }, 'c.yaml:1: columns[1].params.age_range: must be a list (seen 3)'],
      [
        { age_range: [3] },
        'c.yaml:1: columns[1].params.age_range: must have exactly 2 items (and 1 more problem)',
      ],
      [
        { age_range: [30, 20] },
        'c.yaml:1: columns[1].params.age_range: the first age must be below the second',
      ],
      [{ age_range: [-1, 20] }, 'c.yaml:1: columns[1].params.age_range[0]: must be at least 0 (seen -1)'],
      [{ age_range: [1, 115] }, 'c.yaml:1: columns[1].params.age_range[1]: must be at most 114 (seen 115)'],
      [
        { select_field_values: [] },
        'c.yaml:1: columns[1].params.select_field_values: must be a map (seen a list)',
      ],
      [
        { select_field_values: { a: 'x' } },
        'c.yaml:1: columns[1].params.select_field_values.a: must be a list (seen "x")',
      ],
      [
        { with_synthetic_personas: 'x' },
        'c.yaml:1: columns[1].params.with_synthetic_personas: must be true or false (seen "x")',
      ],
    ],
  },
  {
    of: 'person_from_faker',
    config: sampler('person_from_faker', {}),
    cases: [
      [{ locale: 5 }, 'c.yaml:1: columns[1].params.locale: must be a string (seen 5)'],
      [{ locale: 'xx_XX' }, 'c.yaml:1: columns[1]: there are no persons for the locale "xx_XX"; there are'],
      [{ sex: 'F' }, 'c.yaml:1: columns[1].params.sex: is not one of the allowed values (seen "F"); allowed'],
      [{ city: {} }, 'c.yaml:1: columns[1].params.city: must be a string or a list (seen a map)'],
      [
        { age_range: [18] },
        'c.yaml:1: columns[1].params.age_range: must have exactly 2 items (and 1 more problem)',
      ],
      [
        { age_range: [20, 20] },
        'c.yaml:1: columns[1].params.age_range: the first age must be below the second',
      ],
      [{ hair: 'red' }, 'c.yaml:1: columns[1].params.hair: unknown key; allowed'],
    ],
  },
  {
    of: 'a constraint',
    config: within('constraints', { target_column: 'topic', operator: 'lt', rhs: 4 }),
    cases: [
      [{ target_column: null }, 'c.yaml:1: constraints[0].target_column: must be a string (seen null)'],
      [
        { target_column: 'topc' },
        'c.yaml:1: constraints[0].target_column: "topc" is not a sampler column; did you mean "topic"?',
      ],
      [{ target_column: 3 }, 'c.yaml:1: constraints[0].target_column: must be a string (seen 3)'],
      [
        { operator: null },
        'c.yaml:1: constraints[0].operator: is not one of the allowed values (seen null); allowed',
      ],
      [
        { operator: '<' },
        'c.yaml:1: constraints[0].operator: is not one of the allowed values (seen "<"); allowed',
      ],
      [{ rhs: null }, 'c.yaml:1: constraints[0].rhs: must be a number (seen null)'],
      [{ rhs: 'b' }, 'c.yaml:1: constraints[0].rhs: "b" is not a sampler column'],
      [{ rhs: 'topic' }, 'c.yaml:1: constraints[0].rhs: "topic" is compared with itself'],
      [{ rhs: [1] }, 'c.yaml:1: constraints[0].rhs: must be a number (seen a list)'],
      [
        { constraint_type: 'equality' },
        'c.yaml:1: constraints[0].constraint_type: is not one of the allowed values (seen "equality"); allowed',
      ],
      [{ lhs: 1 }, 'c.yaml:1: constraints[0].lhs: unknown key; allowed'],
    ],
  },
  {
    of: 'a model',
    config: (given) => ({ columns: [topic], model_configs: [{ ...models[0], ...given }] }),
    cases: [
      [{ alias: null }, 'c.yaml:1: model_configs[0].alias: must be a string (seen null)'],
      [{ alias: '' }, 'c.yaml:1: model_configs[0].alias: must not be empty'],
      [{ alias: 3 }, 'c.yaml:1: model_configs[0].alias: must be a string (seen 3)'],
      [{ model: null }, 'c.yaml:1: model_configs[0].model: must be a string (seen null)'],
      [{ model: 5 }, 'c.yaml:1: model_configs[0].model: must be a string (seen 5)'],
      [{ provider: null }, 'c.yaml:1: model_configs[0].provider: must be a string (seen null)'],
      [{ provider: '' }, 'c.yaml:1: model_configs[0].provider: must not be empty'],
      [
        { inference_parameters: 3 },
        'c.yaml:1: model_configs[0].inference_parameters: must be a map (seen 3)',
      ],
      [
        { skip_health_check: 'x' },
        'c.yaml:1: model_configs[0].skip_health_check: must be true or false (seen "x")',
      ],
      [{ temperature: 1 }, 'c.yaml:1: model_configs[0].temperature: unknown key; allowed'],
    ],
  },
  {
    of: 'inference parameters',
    config: (given) => ({ columns: [topic], model_configs: [{ ...models[0], inference_parameters: given }] }),
    cases: [
      [
        { generation_type: 'text' },
        'c.yaml:1: model_configs[0].inference_parameters.generation_type: is not one of the allowed values (seen "text"); allowed',
      ],
      [
        { temperature: 'hot' },
        'c.yaml:1: model_configs[0].inference_parameters.temperature: must be a number or a map (seen "hot")',
      ],
      [
        { temperature: 3 },
        'c.yaml:1: model_configs[0].inference_parameters.temperature: must be at most 2 (seen 3)',
      ],
      [
        { temperature: -1 },
        'c.yaml:1: model_configs[0].inference_parameters.temperature: must be at least 0 (seen -1)',
      ],
      [
        { temperature: { params: { low: 1, high: 0 } } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.params.high: high must be above low',
      ],
      [
        { temperature: { params: { low: 0, high: 3 } } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.params.high: must be at most 2 (seen 3)',
      ],
      [
        { temperature: { distribution_type: 'normal', params: {} } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.distribution_type: is not one of the allowed values (seen "normal"); allowed',
      ],
      [
        { temperature: { params: { values: [] } } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.params.values: must have at least 1 item',
      ],
      [
        { temperature: { params: { values: [1], weights: [1, 2] } } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.params.weights: there must be one weight for each value',
      ],
      [
        { temperature: { params: { values: [9] } } },
        'c.yaml:1: model_configs[0].inference_parameters.temperature.params.values[0]: must be at most 2 (seen 9)',
      ],
      [{ top_p: 2 }, 'c.yaml:1: model_configs[0].inference_parameters.top_p: must be at most 1 (seen 2)'],
      [
        { top_p: 'x' },
        'c.yaml:1: model_configs[0].inference_parameters.top_p: must be a number or a map (seen "x")',
      ],
      [
        { max_tokens: 0 },
        'c.yaml:1: model_configs[0].inference_parameters.max_tokens: must be at least 1 (seen 0)',
      ],
      [
        { max_tokens: 1.5 },
        'c.yaml:1: model_configs[0].inference_parameters.max_tokens: must be a whole number (seen 1.5)',
      ],
      [
        { max_parallel_requests: 0 },
        'c.yaml:1: model_configs[0].inference_parameters.max_parallel_requests: must be at least 1 (seen 0)',
      ],
      [
        { max_parallel_requests: 'x' },
        'c.yaml:1: model_configs[0].inference_parameters.max_parallel_requests: must be a whole number (seen "x")',
      ],
      [
        { timeout: 0 },
        'c.yaml:1: model_configs[0].inference_parameters.timeout: must be at least 1 (seen 0)',
      ],
      [
        { timeout: 'x' },
        'c.yaml:1: model_configs[0].inference_parameters.timeout: must be a whole number (seen "x")',
      ],
      [
        { extra_body: [] },
        'c.yaml:1: model_configs[0].inference_parameters.extra_body: must be a map (seen a list)',
      ],
      [{ top_k: 3 }, 'c.yaml:1: model_configs[0].inference_parameters.top_k: unknown key; allowed'],
      [
        { generation_type: 'embedding', encoding_format: 'int8' },
        'c.yaml:1: model_configs[0].inference_parameters.encoding_format: is not one of the allowed values (seen "int8"); allowed',
      ],
      [
        { generation_type: 'embedding', dimensions: 'x' },
        'c.yaml:1: model_configs[0].inference_parameters.dimensions: must be a whole number (seen "x")',
      ],
      [
        { generation_type: 'embedding', temperature: 1 },
        'c.yaml:1: model_configs[0].inference_parameters.temperature: unknown key; allowed',
      ],
      [
        { generation_type: 'image', quality: 'hd' },
        'c.yaml:1: model_configs[0].inference_parameters.quality: unknown key; allowed',
      ],
    ],
  },
  {
    of: 'a tool config',
    config: within('tool_configs', { tool_alias: 't', providers: ['p'] }),
    cases: [
      [{ tool_alias: null }, 'c.yaml:1: tool_configs[0].tool_alias: must be a string (seen null)'],
      [{ tool_alias: '' }, 'c.yaml:1: tool_configs[0].tool_alias: must not be empty'],
      [{ providers: null }, 'c.yaml:1: tool_configs[0].providers: must be a list (seen null)'],
      [{ providers: 'p' }, 'c.yaml:1: tool_configs[0].providers: must be a list (seen "p")'],
      [{ providers: [1] }, 'c.yaml:1: tool_configs[0].providers[0]: must be a string (seen 1)'],
      [{ allow_tools: 'x' }, 'c.yaml:1: tool_configs[0].allow_tools: must be a list (seen "x")'],
      [
        { max_tool_call_turns: 0 },
        'c.yaml:1: tool_configs[0].max_tool_call_turns: must be at least 1 (seen 0)',
      ],
      [
        { max_tool_call_turns: 'x' },
        'c.yaml:1: tool_configs[0].max_tool_call_turns: must be a whole number (seen "x")',
      ],
      [{ timeout_sec: 0 }, 'c.yaml:1: tool_configs[0].timeout_sec: must be above 0 (seen 0)'],
      [{ timeout_sec: 'x' }, 'c.yaml:1: tool_configs[0].timeout_sec: must be a number (seen "x")'],
      [{ retries: 2 }, 'c.yaml:1: tool_configs[0].retries: unknown key; allowed'],
    ],
  },
  {
    of: 'a profiler',
    config: within('profilers', { model_alias: 'writer' }),
    cases: [
      [{ model_alias: null }, 'c.yaml:1: profilers[0].model_alias: must be a string (seen null)'],
      [
        { model_alias: 'writr' },
        'c.yaml:1: profilers[0].model_alias: unknown model alias "writr"; defined are writer; did you mean "writer"?',
      ],
      [
        { summary_score_sample_size: 0 },
        'c.yaml:1: profilers[0].summary_score_sample_size: must be at least 1 (seen 0)',
      ],
      [
        { summary_score_sample_size: 'x' },
        'c.yaml:1: profilers[0].summary_score_sample_size: must be a whole number (seen "x")',
      ],
      [{ kind: 'judge' }, 'c.yaml:1: profilers[0].kind: unknown key; allowed'],
    ],
  },
  {
    of: 'a drop_columns processor',
    config: within('processors', { name: 'p', processor_type: 'drop_columns', column_names: ['topic'] }),
    cases: [
      [{ name: null }, 'c.yaml:1: processors[0].name: must be a string (seen null)'],
      [{ name: '' }, 'c.yaml:1: processors[0].name: must not be empty'],
      [
        { name: '../p' },
        'c.yaml:1: processors[0].name: "../p" is not a plain folder name (and 1 more problem)',
      ],
      [
        { processor_type: null },
        'c.yaml:1: processors[0].processor_type: is not one of the allowed values (seen null); allowed',
      ],
      [
        { processor_type: 'dedup' },
        'c.yaml:1: processors[0].processor_type: is not one of the allowed values (seen "dedup"); allowed',
      ],
      [{ column_names: null }, 'c.yaml:1: processors[0].column_names: must be a list (seen null)'],
      [{ column_names: 'topic' }, 'c.yaml:1: processors[0].column_names: must be a list (seen "topic")'],
      [{ column_names: [3] }, 'c.yaml:1: processors[0].column_names[0]: must be a string (seen 3)'],
      [
        { column_names: ['topc'] },
        'c.yaml:1: processors[0].column_names[0]: "topc" is not a column; did you mean "topic"?',
      ],
      [{ template: {} }, 'c.yaml:1: processors[0].template: unknown key; allowed'],
    ],
  },
  {
    of: 'a schema_transform processor',
    config: within('processors', {
      name: 'p',
      processor_type: 'schema_transform',
      template: { x: '{{ topic }}' },
    }),
    cases: [
      [{ template: null }, 'c.yaml:1: processors[0].template: must be a map (seen null)'],
      [{ template: [] }, 'c.yaml:1: processors[0].template: must be a map (seen a list)'],
      [{ template: {} }, 'c.yaml:1: processors[0].template: must have at least 1 key: each is a column'],
      [{ template: { x: '{{ b }}' } }, 'c.yaml:1: processors[0].template.x: "b" is not a column'],
      [
        { template: { x: ['{{ topic'] } },
        'c.yaml:1: processors[0].template.x[0]: Template at 1:1: this tag has no end, "}}" is missing',
      ],
      [
        { template: { '{{ topic }}': 'x' } },
        'c.yaml:1: processors[0].template["{{ topic }}"]: names a column, so it cannot be a template',
      ],
      [{ name: 'con' }, 'c.yaml:1: processors[0].name: "con" is not a plain folder name'],
      [{ column_names: [] }, 'c.yaml:1: processors[0].column_names: unknown key; allowed'],
    ],
  },
  {
    of: 'a seed config',
    config: (given) => root({ seed_config: { source: { seed_type: 'local', path: 'none.csv' }, ...given } }),
    cases: [
      [{ source: null }, 'c.yaml:1: seed_config.source: must be a map (seen null)'],
      [{ source: 'x.csv' }, 'c.yaml:1: seed_config.source: must be a map (seen "x.csv")'],
      [
        { sampling_strategy: 'random' },
        'c.yaml:1: seed_config.sampling_strategy: is not one of the allowed values (seen "random"); allowed',
      ],
      [{ selection_strategy: 3 }, 'c.yaml:1: seed_config.selection_strategy: must be a map (seen 3)'],
      [
        { selection_strategy: { start: 3, end: 1 } },
        'c.yaml:1: seed_config.selection_strategy.end: end must not be below start',
      ],
      [
        { selection_strategy: { start: -1, end: 1 } },
        'c.yaml:1: seed_config.selection_strategy.start: must be at least 0 (seen -1)',
      ],
      [
        { selection_strategy: { start: 0 } },
        'c.yaml:1: seed_config.selection_strategy.start: unknown key; allowed',
      ],
      [
        { selection_strategy: { index: 2, num_partitions: 2 } },
        'c.yaml:1: seed_config.selection_strategy.index: index must be below num_partitions',
      ],
      [
        { selection_strategy: { index: 0, num_partitions: 0 } },
        'c.yaml:1: seed_config.selection_strategy.num_partitions: must be at least 1 (seen 0) (and 1 more problem)',
      ],
      [
        { selection_strategy: { index: 'x' } },
        'c.yaml:1: seed_config.selection_strategy.index: must be a whole number (seen "x")',
      ],
      [{ limit: 3 }, 'c.yaml:1: seed_config.limit: unknown key; allowed'],
    ],
  },
  {
    of: 'a seed source',
    config: (given) => root({ seed_config: { source: given } }),
    cases: [
      [{}, 'c.yaml:1: seed_config.source.seed_type: is required; allowed'],
      [
        { seed_type: 'sql' },
        'c.yaml:1: seed_config.source.seed_type: is not one of the allowed values (seen "sql"); allowed',
      ],
      [{ seed_type: 'local' }, 'c.yaml:1: seed_config.source.path: is required; it must be a string'],
      [{ seed_type: 'local', path: '' }, 'c.yaml:1: seed_config.source.path: must not be empty'],
      [{ seed_type: 'local', path: 3 }, 'c.yaml:1: seed_config.source.path: must be a string (seen 3)'],
      [{ seed_type: 'hf' }, 'c.yaml:1: seed_config.source.path: is required; it must be a string'],
      [
        { seed_type: 'hf', path: 'datasets/a/b/c.csv', token: 3 },
        'c.yaml:1: seed_config.source.token: must be a string',
      ],
      [{ seed_type: 'directory', path: '' }, 'c.yaml:1: seed_config.source.path: must not be empty'],
      [{ seed_type: 'directory' }, 'c.yaml:1: seed_config.source.path: is required; it must be a string'],
      [
        { seed_type: 'directory', path: 'd', file_pattern: 'a/*.md' },
        'c.yaml:1: seed_config.source.file_pattern: must be a file name pattern without slashes',
      ],
      [
        { seed_type: 'directory', path: 'd', recursive: 'x' },
        'c.yaml:1: seed_config.source.recursive: must be true or false (seen "x")',
      ],
      [
        { seed_type: 'file_contents', path: 'd', file_pattern: '' },
        'c.yaml:1: seed_config.source.file_pattern: must not be empty',
      ],
      [
        { seed_type: 'file_contents', path: 'd', encoding: 3 },
        'c.yaml:1: seed_config.source.encoding: must be a string (seen 3)',
      ],
      [{ seed_type: 'agent_rollout' }, 'c.yaml:1: seed_config.source.format: is required; allowed'],
      [
        { seed_type: 'agent_rollout', format: 'aider' },
        'c.yaml:1: seed_config.source.format: is not one of the allowed values (seen "aider"); allowed',
      ],
      [
        { seed_type: 'agent_rollout', format: 'atif' },
        'c.yaml:1: seed_config.source.path: is required when format is atif',
      ],
      [
        { seed_type: 'agent_rollout', format: 'codex', recursive: 3 },
        'c.yaml:1: seed_config.source.recursive: must be true or false (seen 3)',
      ],
      [
        { seed_type: 'agent_rollout', format: 'codex', file_pattern: 'a/b' },
        'c.yaml:1: seed_config.source.file_pattern: must be a file name pattern without slashes',
      ],
    ],
  },
]
