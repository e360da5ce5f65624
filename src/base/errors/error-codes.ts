/**
 * Every code an error can carry: what class of failure it is, and the next step when the
 * place that throws knows nothing better. `docs/errors.md` lists the same codes; a test compares them.
 *
 * The class decides the CLI's exit code and nothing else.
 */
export type ErrorClass =
  | 'unexpected' // 1
  | 'usage' // 2: arguments or config
  | 'refused' // 3: resume refused
  | 'in_use' // 4
  | 'models' // 5: models unavailable, or early shutdown
  | 'short' // 6: finished short
  | 'budget' // 7
  | 'storage' // 8
  | 'verify' // 9
  | 'row' // never an exit code: the row is dropped, the run goes on

interface CodeEntry {
  readonly class: ErrorClass
  readonly nextStep: string
}

function table<const T extends Record<string, CodeEntry>>(
  entries: T,
): { readonly [K in keyof T]: CodeEntry } {
  return entries
}

export const errorCodes = table({
  internal: {
    class: 'unexpected',
    nextStep: 'This is a bug in Rowsmith: please report it with the text above.',
  },

  process_ended: {
    class: 'unexpected',
    nextStep: 'Remove that call, then give the same command again to go on: nothing that was kept is lost.',
  },
  uncaught: {
    class: 'unexpected',
    nextStep: 'Mend it, or have something wait for it, then give the same command again to go on.',
  },

  // Arguments, files given by the user, config
  usage: { class: 'usage', nextStep: 'Run the command with --help to see what it takes.' },
  old_node: {
    class: 'usage',
    nextStep: 'Install Node 22.18 or newer (24 is what Rowsmith is developed on).',
  },
  config_not_found: { class: 'usage', nextStep: 'Check the path of the config file.' },
  config_unreadable: { class: 'usage', nextStep: 'Mend the YAML or JSON at the place named.' },
  config_invalid: {
    class: 'usage',
    nextStep: 'Mend the config at the places named, then give the command again.',
  },
  template_invalid: { class: 'usage', nextStep: 'Mend the template at the place named.' },
  unknown_model_alias: {
    class: 'usage',
    nextStep: 'Define the alias under model_configs, or use one that is defined.',
  },
  unknown_provider: {
    class: 'usage',
    nextStep: 'Use a built-in provider, or define it in a file given with --providers.',
  },
  missing_api_key: {
    class: 'usage',
    nextStep: 'Set the environment variable; the command reads .env too, a program gives `env`.',
  },
  output_exists: {
    class: 'usage',
    nextStep: 'Give --overwrite (in a program, `overwrite: true`), or name another file.',
  },
  integer_too_large: {
    class: 'usage',
    nextStep: "Read the rows with { integers: 'bigint' }, or 'string': all integers are that, then.",
  },
  not_built_yet: { class: 'usage', nextStep: 'Remove the column, or wait for a Rowsmith that can make it.' },
  path_escapes: {
    class: 'usage',
    nextStep: 'Use a plain name without slashes or dots that lead out of the folder.',
  },
  post_processing_failed: {
    class: 'usage',
    nextStep:
      'Mend the processor, then give the command again: the rows are kept as they were generated, and nothing is bought for them.',
  },
  function_missing: {
    class: 'usage',
    nextStep:
      'Give the module that holds it, with --config FILE; or the function itself by the name of its processor, in the option `processors` of the library.',
  },
  transform_failed: {
    class: 'usage',
    nextStep:
      'Guard the value at the place named, then give the command again: every answer that was paid for is kept.',
  },
  unknown_processor: {
    class: 'usage',
    nextStep: 'Use the name of a schema_transform processor of the config.',
  },
  folder_unwritable: { class: 'usage', nextStep: 'Choose a folder you may write to, with -o.' },
  seed_not_found: { class: 'usage', nextStep: 'Put the file there, or mend seed_config.source.path.' },
  media_missing: {
    class: 'usage',
    nextStep:
      'Put the files back, or name others, then give the command again: nothing was asked, and every answer that was paid for is kept.',
  },
  seed_unreadable: { class: 'usage', nextStep: 'Mend the seed file at the place named.' },
  persons_not_found: {
    class: 'usage',
    nextStep:
      'Fetch it with `rowsmith download personas --locale LOCALE`, or say with DATA_DESIGNER_MANAGED_ASSETS_PATH where it is; person_from_faker needs none.',
  },
  persons_unreadable: { class: 'usage', nextStep: 'Download the person dataset again.' },
  duckdb_missing: { class: 'usage', nextStep: 'Install Rowsmith again, with its dependencies.' },
  unknown_column: { class: 'usage', nextStep: 'Use the names of columns that are there.' },
  where_invalid: { class: 'usage', nextStep: 'Write one SQL condition on the columns of a row.' },
  export_unfit: { class: 'usage', nextStep: 'Export as jsonl, which holds any value.' },
  dataset_not_found: { class: 'usage', nextStep: 'Check the path of the dataset directory.' },
  reuse_unfit: {
    class: 'usage',
    nextStep: 'Take answers from another dataset with --reuse DIR, or from none with --reuse none.',
  },

  unknown_step: { class: 'usage', nextStep: 'Use the name of a stage of the workflow.' },

  // Resume refused: nothing was changed, no request was sent
  workflow_record_damaged: {
    class: 'refused',
    nextStep:
      'Restore workflow-metadata.json from a backup, or move it away: the datasets of the stages are found without it, and go on.',
  },
  nothing_to_resume: { class: 'refused', nextStep: 'Run without --resume always to start it.' },
  config_differs: {
    class: 'refused',
    nextStep: 'Restore the config, or start a new dataset with --resume never.',
  },
  dropped_columns_policy_differs: { class: 'refused', nextStep: 'Use the stored policy, or --resume never.' },
  allow_resize_not_resumable: {
    class: 'refused',
    nextStep:
      'Give the `rowsmith create` command with --resume never: it makes a new dataset beside this one.',
  },
  no_stored_identity: { class: 'refused', nextStep: 'Start a new dataset with --resume never.' },
  metadata_corrupt: {
    class: 'refused',
    nextStep:
      'Restore the file from a backup; or let `rowsmith verify DATASET_DIR --repair` write it anew, if Rowsmith made the dataset; or start a new one with --resume never.',
  },
  metadata_missing: {
    class: 'refused',
    nextStep:
      'Put metadata.json back; or let `rowsmith verify DATASET_DIR --repair` write it anew, if Rowsmith made the dataset; or start a new one with --resume never.',
  },
  metadata_incomplete: {
    class: 'refused',
    nextStep:
      'Restore the named field; or let `rowsmith verify DATASET_DIR --repair` write it anew, if Rowsmith made the dataset; or start a new one with --resume never.',
  },
  run_json_damaged: {
    class: 'refused',
    nextStep: 'Restore .rowsmith/run.json from a backup, or start a new dataset with --resume never.',
  },
  format_unsupported: {
    class: 'refused',
    nextStep: 'Use the Rowsmith version that wrote the dataset, or a newer one.',
  },
  journal_damaged: {
    class: 'refused',
    nextStep:
      'Restore the file from a backup, or give `rowsmith verify DATASET_DIR`, which tells what is lost, and --repair, which keeps the rest; or start a new dataset with --resume never.',
  },
  answers_lost: {
    class: 'refused',
    nextStep:
      'Put the files back, or see with `rowsmith verify DATASET_DIR` what is lost; to ask for it again, and pay again, give --accept-loss (in a program, `acceptLoss: true`).',
  },
  foreign_batch_files: { class: 'refused', nextStep: 'Move the named files out of the folder.' },
  types_differ: {
    class: 'refused',
    nextStep:
      'Delete the named row groups from parquet-files to have them made again, or start a new dataset with --resume never.',
  },
  post_generation_started: { class: 'refused', nextStep: 'Start a new dataset with --resume never.' },
  post_generation_complete: {
    class: 'refused',
    nextStep: 'Ask for the same number of records, or start a new dataset with --resume never.',
  },
  holes_in_sequential: {
    class: 'refused',
    nextStep: 'Resume with the concurrent engine, which fills the holes.',
  },
  fewer_than_on_disk: {
    class: 'refused',
    nextStep:
      'Ask for at least as many records as there are; or give `rowsmith create` with --resume never, which makes a new dataset beside.',
  },
  fewer_than_target: {
    class: 'refused',
    nextStep:
      'Ask for at least the target, which only grows; or give `rowsmith create` with --resume never, which makes a new dataset beside.',
  },
  buffer_size_differs: { class: 'refused', nextStep: 'Leave buffer_size out to use the stored one.' },
  seed_differs: { class: 'refused', nextStep: 'Leave --seed out to use the stored one.' },

  dataset_in_use: { class: 'in_use', nextStep: 'Wait for the other run, or stop it.' },
  dataset_gone: {
    class: 'storage',
    nextStep:
      'Put the folder back, or go to where it is now, and give `rowsmith resume DATASET_DIR`: it goes on with what lies there. Without it, start anew.',
  },
  lock_lost: { class: 'in_use', nextStep: 'Another process took the dataset over; let it finish.' },

  // Models
  authentication_failed: {
    class: 'models',
    nextStep: 'Check the API key of the provider, then give the same command again.',
  },
  permission_denied: {
    class: 'models',
    nextStep: 'Check that the key may use this model, then give the same command again.',
  },
  model_not_found: {
    class: 'models',
    nextStep: 'Check the model id and the endpoint, or override it with --model ALIAS=PROVIDER/MODEL.',
  },
  quota_exhausted: {
    class: 'models',
    nextStep:
      'Top up or raise the quota, or wait until it is full again, then give the same command again; wait_for_endpoint_seconds of the run config waits by itself.',
  },
  endpoint_unreachable: {
    class: 'models',
    nextStep: 'Check the endpoint, then give the same command again.',
  },
  tools_unreachable: {
    class: 'models',
    nextStep: 'Check the MCP provider, then give the same command again.',
  },
  early_shutdown: {
    class: 'models',
    nextStep:
      'Mend the cause, then give the same command again: the cells that failed are asked for again. disable_early_shutdown in the run config goes on in any case.',
  },
  batch_rejected: {
    class: 'models',
    nextStep:
      'Mend what the provider says, and give the same command again; with --no-batch, requests are sent one by one.',
  },
  aborted: { class: 'models', nextStep: 'Give the same command again to go on.' },

  finished_short: {
    class: 'short',
    nextStep: 'Look at the failures, or allow them with --max-dropped N or P%.',
  },
  step_empty: {
    class: 'short',
    nextStep:
      'Loosen what its rows have to meet, or let the workflow end there with `allow_empty: true` of the stage.',
  },
  dataset_incomplete: {
    class: 'short',
    nextStep: 'Finish it with `rowsmith resume`, or export what is there with --partial.',
  },
  price_missing: {
    class: 'usage',
    nextStep:
      'Give it under `prices` in the run config or the providers file, or limit tokens or requests instead.',
  },
  time_reached: {
    class: 'budget',
    nextStep: 'Give the same command again to go on, or `rowsmith resume` with a longer --max-time.',
  },
  budget_reached: { class: 'budget', nextStep: 'Raise the budget and give the same command again.' },

  file_damaged: {
    class: 'storage',
    nextStep:
      'Give `rowsmith verify DATASET_DIR --repair`: it makes the file again from the answers that were kept, or says what is lost.',
  },
  disk_full: { class: 'storage', nextStep: 'Free space, then give the same command again.' },
  io_error: { class: 'storage', nextStep: 'Check the disk, then give the same command again.' },
  sync_failed: {
    class: 'storage',
    nextStep: 'Check the disk, then give the same command again; nothing unsynced was used.',
  },

  // Row failures: verdicts on one row, in `failures` and the commit, never the end of a run
  template_failed: { class: 'row', nextStep: 'Guard the variable in the template, or give it a default.' },
  expression_failed: { class: 'row', nextStep: 'Check the expression and its dtype against the row.' },
  parse_failed: {
    class: 'row',
    nextStep: 'Make the prompt ask for the format more plainly, or raise max_conversation_restarts.',
  },
  schema_failed: { class: 'row', nextStep: 'Loosen the output_format, or raise max_conversation_restarts.' },
  truncated: {
    class: 'row',
    nextStep:
      'Raise max_tokens: for these rows alone with rowsmith retry --code truncated --answer-tokens N.',
  },
  content_filtered: { class: 'row', nextStep: 'Rephrase the prompt; the provider refused to answer.' },
  empty_reply: { class: 'row', nextStep: 'Check the prompt and max_tokens; the model answered nothing.' },
  bad_request: { class: 'row', nextStep: 'Check the request parameters of the model.' },
  context_window: {
    class: 'row',
    nextStep: 'Shorten the prompt, or use a model with a larger context window.',
  },
  rejected_request: { class: 'row', nextStep: 'Look at the status the provider gave.' },
  rate_limited: { class: 'row', nextStep: 'Wait, or lower max_parallel_requests of the model.' },
  server_error: { class: 'row', nextStep: 'The provider kept failing for this row; try again later.' },
  request_timeout: { class: 'row', nextStep: 'Raise the timeout of the model.' },
  connection_failed: {
    class: 'row',
    nextStep: 'The connection kept breaking for this row; try again later.',
  },
  not_attempted: {
    class: 'row',
    nextStep: 'The run was salvaged after an early shutdown, before this row was made.',
  },
  media_unusable: {
    class: 'row',
    nextStep:
      'Give a file below the dataset or the folder of the config, an address on the web, or base64 with its format.',
  },
  image_unusable: {
    class: 'row',
    nextStep: 'Ask the provider for the image itself, such as with extra_body: {response_format: b64_json}.',
  },
  embedding_unusable: {
    class: 'row',
    nextStep: 'Guard the target column, or look at what the provider answers.',
  },
  effect_uncertain: {
    class: 'row',
    nextStep:
      'It is marked `once`, and the process that ran it died before its result was kept: look at what it did.',
  },
  constraint_unmet: {
    class: 'row',
    nextStep: 'Widen the distributions of the columns it compares, or loosen the constraint.',
  },
  function_failed: {
    class: 'row',
    nextStep: 'Mend the function, or have it return a value for this row too.',
  },
  validator_failed: {
    class: 'row',
    nextStep: 'Look at what the validator answers for this row, then retry it.',
  },
  tool_turns_exceeded: {
    class: 'row',
    nextStep: 'Raise max_tool_call_turns of the tool config, or ask for an answer more plainly.',
  },
  value_unfit: { class: 'row', nextStep: 'The value does not fit the type of its column; check the config.' },

  sidecar_missing: {
    class: 'verify',
    nextStep:
      'Give `rowsmith verify DATASET_DIR --repair`: the file is made again from the answers that were kept, without a request.',
  },
  answers_missing: {
    class: 'verify',
    nextStep:
      'Give `rowsmith verify DATASET_DIR --repair`, which brings back what can be, or leave the rows of that row group out.',
  },
  nothing_to_retry: {
    class: 'usage',
    nextStep: 'Look at the failures with `rowsmith status`, or name rows with --rows or --where.',
  },
  step_damaged: {
    class: 'verify',
    nextStep:
      'Give `rowsmith verify DATASET_DIR --repair` for the directory named, then the same command again.',
  },
  crashtest_failed: { class: 'verify', nextStep: 'A promise was broken: please report it with the output.' },
})

export type ErrorCode = keyof typeof errorCodes

/** Of a stop that was asked for, by a signal or by a limit of time. */
export const stopCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['aborted', 'time_reached'])

/** What codes were called before: `--json` and the log give it as `legacy_code`, until two minor versions later. */
export const legacyCodes: { readonly [C in ErrorCode]?: string } = {
  post_processing_failed: 'stage_failed',
  sidecar_missing: 'companion_missing',
  step_damaged: 'stage_damaged',
  step_empty: 'stage_empty',
  unknown_step: 'unknown_stage',
}
