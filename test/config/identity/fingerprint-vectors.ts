/** Configs with the fingerprints that Data Designer 0.9.0rc1 gave them; hashes are hex. */
export interface FingerprintVector {
  readonly about: string
  readonly yaml: string
  readonly seedColumns?: readonly string[]
  /** The canonical text of the compiled config. */
  readonly payload?: string
  readonly uncompiled?: string
  readonly compiled?: string
}

export const vectors: readonly FingerprintVector[] = [
  {
    about: 'V1: numbers, weights and text beyond ASCII',
    yaml: `data_designer:
  model_configs:
    - {alias: m, model: some/model, provider: nvidia, inference_parameters: {temperature: 1, top_p: 0.95, max_tokens: 512, max_parallel_requests: 64}}
  columns:
    - name: topic
      column_type: sampler
      sampler_type: category
      params: {values: [math, 7, 2.0], weights: [1, 1, 2]}
    - name: score
      column_type: sampler
      sampler_type: gaussian
      params: {mean: 10, stddev: 0.00001, decimal_places: 2}
      convert_to: int
    - name: text
      column_type: llm-text
      model_alias: m
      prompt: "Écris sur {{ topic }} 🎉"
`,
    payload: `{"columns":[{"column_type":"sampler","conditional_params":{},"convert_to":null,"drop":false,"name":"topic","params":{"sampler_type":"category","values":["math",7,2.0],"weights":[0.25,0.25,0.5]},"propagate_skip":true,"sampler_type":"category","skip":null},{"column_type":"sampler","conditional_params":{},"convert_to":"int","drop":false,"name":"score","params":{"decimal_places":2,"mean":10.0,"sampler_type":"gaussian","stddev":1e-05},"propagate_skip":true,"sampler_type":"gaussian","skip":null},{"column_type":"llm-text","drop":false,"extract_reasoning_content":false,"model_alias":"m","multi_modal_context":null,"name":"text","prompt":"\\u00c9cris sur {{ topic }} \\ud83c\\udf89","propagate_skip":true,"skip":null,"system_prompt":null,"tool_alias":null,"with_trace":"none"}],"model_configs":[{"alias":"m","inference_parameters":{"extra_body":null,"generation_type":"chat-completion","max_tokens":512,"temperature":1.0,"top_p":0.95},"model":"some/model","provider":"nvidia"}],"seed_config":null}`,
    uncompiled: '5b97ebc1f73cae2e519b5370ab6c81930f7051732d8e0f293bbe7bc90949c1d1',
    compiled: '5b97ebc1f73cae2e519b5370ab6c81930f7051732d8e0f293bbe7bc90949c1d1',
  },
  {
    about: 'V2: a row id is put in front when nothing else makes rows',
    yaml: `columns:
  - {name: greeting, column_type: llm-text, model_alias: m, prompt: Say hello}
  - {name: shout, column_type: expression, expr: "{{ greeting | upper }}"}
model_configs:
  - {alias: m, model: x, provider: p}
`,
    payload: `{"columns":[{"column_type":"sampler","conditional_params":{},"convert_to":null,"drop":true,"name":"_internal_row_id","params":{"prefix":null,"sampler_type":"uuid","short_form":false,"uppercase":false},"propagate_skip":true,"sampler_type":"uuid","skip":null},{"column_type":"llm-text","drop":false,"extract_reasoning_content":false,"model_alias":"m","multi_modal_context":null,"name":"greeting","prompt":"Say hello","propagate_skip":true,"skip":null,"system_prompt":null,"tool_alias":null,"with_trace":"none"},{"column_type":"expression","drop":false,"dtype":"str","expr":"{{ greeting | upper }}","name":"shout","propagate_skip":true,"skip":null}],"model_configs":[{"alias":"m","inference_parameters":{"extra_body":null,"generation_type":"chat-completion","max_tokens":null,"temperature":null,"top_p":null},"model":"x","provider":"p"}],"seed_config":null}`,
    uncompiled: 'c0c968bb2f47cb406021cc98f668df0dc55e38d213149b25dccdfa152305df6a',
    compiled: '27fa758a13f117ec04f2e0e2744c316215fd8d6f176d235b8b117e2a4b70c3fc',
  },
  {
    about: 'V3: seed, tools, a distribution, a drop pattern, a constraint, a profiler',
    seedColumns: ['question', 'answer'],
    yaml: `model_configs:
  - {alias: z, model: x, provider: p, skip_health_check: true, inference_parameters: {temperature: {distribution_type: uniform, params: {low: 0, high: 1}}, extra_body: {seed: 7, ratio: 1.0, tiny: 1.0e-5}}}
  - {alias: a, model: e, provider: p, inference_parameters: {encoding_format: float}}
tool_configs:
  - {tool_alias: t, providers: [s], timeout_sec: 5}
seed_config:
  source: {seed_type: hf, path: datasets/org/ds/data.parquet, token: HF_TOKEN}
  sampling_strategy: shuffle
  selection_strategy: {start: 0, end: 9}
columns:
  - {name: n, column_type: sampler, sampler_type: uniform, params: {low: 0, high: 5}}
  - name: judge
    column_type: llm-judge
    model_alias: z
    tool_alias: t
    prompt: "Rate {{ question }}"
    scores: [{name: Q, description: d, options: {1: bad, 10: great, 2: ok}}]
    skip: {when: "{{ n < 1 }}"}
  - {name: vec, column_type: embedding, target_column: question, model_alias: a, drop: true}
constraints:
  - {target_column: n, operator: lt, rhs: 4}
processors:
  - {name: rm, processor_type: drop_columns, column_names: ["n*"]}
profilers:
  - {model_alias: z}
`,
    payload: `{"columns":[{"column_type":"sampler","conditional_params":{},"convert_to":null,"drop":true,"name":"n","params":{"decimal_places":null,"high":5.0,"low":0.0,"sampler_type":"uniform"},"propagate_skip":true,"sampler_type":"uniform","skip":null},{"column_type":"llm-judge","drop":false,"extract_reasoning_content":false,"model_alias":"z","multi_modal_context":null,"name":"judge","prompt":"Rate {{ question }}","propagate_skip":true,"scores":[{"description":"d","name":"Q","options":{"1":"bad","10":"great","2":"ok"}}],"skip":{"value":null,"when":"{{ n < 1 }}"},"system_prompt":null,"tool_alias":"t","with_trace":"none"},{"column_type":"embedding","drop":true,"model_alias":"a","name":"vec","propagate_skip":true,"skip":null,"target_column":"question"},{"column_type":"seed-dataset","drop":false,"name":"question","propagate_skip":true,"skip":null},{"column_type":"seed-dataset","drop":false,"name":"answer","propagate_skip":true,"skip":null}],"constraints":[{"constraint_type":"scalar_inequality","operator":"lt","rhs":4.0,"target_column":"n"}],"model_configs":[{"alias":"a","inference_parameters":{"dimensions":null,"encoding_format":"float","extra_body":null,"generation_type":"embedding"},"model":"e","provider":"p"},{"alias":"z","inference_parameters":{"extra_body":{"ratio":1.0,"seed":7,"tiny":1e-05},"generation_type":"chat-completion","max_tokens":null,"temperature":{"distribution_type":"uniform","params":{"high":1.0,"low":0.0}},"top_p":null},"model":"x","provider":"p"}],"processors":[{"column_names":["n*"],"name":"rm","processor_type":"drop_columns"}],"seed_config":{"sampling_strategy":"shuffle","selection_strategy":{"end":9,"start":0},"source":{"path":"datasets/org/ds/data.parquet","seed_type":"hf"}},"tool_configs":[{"max_tool_call_turns":5,"providers":["s"],"tool_alias":"t"}]}`,
    uncompiled: '99a76f845953edfad24022cef5d116f86ea084a702ae3321f5903ca3540e69f0',
    compiled: 'fd318ddf50300c0ddbf9dff3510a6f89278773e1b15e88fca6c791e01a346643',
  },
  {
    about: 'V4: YAML 1.1 scalars',
    yaml: `model_configs: [{alias: m, model: x, provider: p}]
columns:
  - {name: c, column_type: sampler, sampler_type: category, params: {values: [yes, OFF, 017, 0o17, 0x1F, 1_000, 1:30, 1e3, 1.0e+3, -.5, .5, 2024-01-02, 2024-01-02 03:04:05, 1.0e+16, 1.0e-5, "1", 12345678901234567890]}}
`,
    compiled: 'c256404ffacc1ae17f9298bafd253692d1fe089810b7a6460cbafc72be72e97d',
  },
  {
    about: 'V5: many samplers',
    yaml: `model_configs: [{alias: m, model: x, provider: p}]
columns:
  - {name: a, column_type: sampler, sampler_type: uuid, params: {prefix: u-, short_form: true}}
  - {name: b, column_type: sampler, sampler_type: category, params: {values: [x, y]}}
  - {name: c, column_type: sampler, sampler_type: subcategory, params: {category: b, values: {x: [1, one], y: [2.5]}}}
  - {name: d, column_type: sampler, sampler_type: datetime, params: {start: 2024-01-01, end: "2024-12-31", unit: h}, convert_to: "%Y-%m-%d"}
  - {name: e, column_type: sampler, sampler_type: timedelta, params: {dt_min: 1, dt_max: 30, reference_column_name: d}}
  - {name: f, column_type: sampler, sampler_type: bernoulli_mixture, params: {p: 0.25, dist_name: expon, dist_params: {scale: 2}}}
  - {name: g, column_type: sampler, sampler_type: binomial, params: {n: 10, p: 1}}
  - {name: h, column_type: sampler, sampler_type: person_from_faker, params: {locale: de_DE, age_range: [20, 30]}}
  - {name: i, column_type: sampler, sampler_type: person, params: {with_synthetic_personas: true, select_field_values: {state: [NY]}}}
  - {name: j, column_type: sampler, sampler_type: gaussian, params: {mean: 0, stddev: 1}, conditional_params: {"b == 'x'": {mean: 5, stddev: 0.5}}}
`,
    compiled: 'a3408c708bcbc20b74271012154b0779ae0fd8c3412ec1bb407406e0ab51dd62',
  },
  {
    about: 'V6: structured, code, validators, image, file contents as seed',
    seedColumns: ['source_kind', 'source_path', 'relative_path', 'file_name', 'content'],
    yaml: `model_configs: [{alias: m, model: x, provider: p}]
columns:
  - name: s
    column_type: llm-structured
    model_alias: m
    prompt: Describe {{ img }}
    multi_modal_context: [{modality: image, column_name: img, data_type: base64, image_format: png}, {modality: video, column_name: vid}]
    output_format: {type: object, properties: {score: {type: number, minimum: 0, maximum: 1.0}}, required: [score]}
    with_trace: last_message
    extract_reasoning_content: true
  - {name: code, column_type: llm-code, model_alias: m, prompt: "{{ s.score }}", code_lang: "sql:postgres", propagate_skip: false}
  - {name: ok, column_type: validation, target_columns: [code], validator_type: code, validator_params: {code_lang: "sql:postgres"}, batch_size: 5}
  - {name: rm, column_type: validation, target_columns: [code], validator_type: remote, validator_params: {endpoint_url: "http://localhost:1/v"}}
  - {name: pic, column_type: image, model_alias: m, prompt: "Draw {{ s }}"}
  - {name: flag, column_type: expression, expr: "{{ s.score > 0.5 }}", dtype: bool, skip: {when: "{{ not s }}", value: 1}}
seed_config:
  source: {seed_type: file_contents, path: ./docs, file_pattern: "*.md"}
  selection_strategy: {index: 1, num_partitions: 4}
processors:
  - {name: chat, processor_type: schema_transform, template: {messages: [{role: user, content: "{{ s }}"}], n: 1.0}}
`,
    compiled: '64f9726ff52fa9103394a8c559f4c1ce8ecfb92e2ce6c090e8c279eabbc81314',
  },
  {
    about: 'V7: fractional weights, summed as Python 3.12 and later do',
    yaml: `model_configs: [{alias: m, model: x, provider: p}]
columns:
  - {name: w, column_type: sampler, sampler_type: category, params: {values: [a, b, c], weights: [0.7, 0.2, 0.1]}}
`,
    compiled: '1cc1d080e407b51ca5fa24160cb2910bd4a78ec2725408bbda289d158cb78838',
  },
  {
    about: 'no columns at all',
    yaml: `columns: []
`,
    uncompiled: '7836401fdcff35c2326bf4044cee473cf1893f810d90aecd023e78af58a630be',
  },
  {
    about: 'one expression',
    yaml: `columns:
  - {name: x, column_type: expression, expr: '1'}
`,
    uncompiled: '6d5c249c423570bc4574cec2c57d8511064d9925ee56bd0f210fc135594d535d',
  },
]
