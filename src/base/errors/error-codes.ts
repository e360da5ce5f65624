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
    nextStep: 'This is a bug in Rowsmith. Please report it with the text above.',
  },

  process_ended: {
    class: 'unexpected',
    nextStep: 'Remove that call, then run the command again. Stored answers are not affected.',
  },
  uncaught: {
    class: 'unexpected',
    nextStep: 'Fix the error, or await the promise, then run the command again.',
  },

  // Arguments, files given by the user, config
  usage: { class: 'usage', nextStep: 'Run the command with --help to see its options.' },
  old_node: {
    class: 'usage',
    nextStep: 'Install Node 22.18 or newer (24 is what Rowsmith is developed on).',
  },
  config_not_found: { class: 'usage', nextStep: 'Check the path of the config file.' },
  config_unreadable: { class: 'usage', nextStep: 'Fix the YAML or JSON at the line shown above.' },
  config_invalid: {
    class: 'usage',
    nextStep: 'Fix the config at the lines shown above, then run the command again.',
  },
  template_invalid: { class: 'usage', nextStep: 'Fix the template at the place shown above.' },
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
    nextStep: 'Set the environment variable. The command also reads .env; a program passes `env`.',
  },
  output_exists: {
    class: 'usage',
    nextStep: 'Add --overwrite (in a program: `overwrite: true`), or choose another file.',
  },
  integer_too_large: {
    class: 'usage',
    nextStep: "Read the rows with { integers: 'bigint' } or 'string'. All integers then have that type.",
  },
  not_built_yet: {
    class: 'usage',
    nextStep: 'Remove the column. This version of Rowsmith does not support it.',
  },
  path_escapes: {
    class: 'usage',
    nextStep: 'Use a plain name, without slashes and without dots that lead out of the folder.',
  },
  post_processing_failed: {
    class: 'usage',
    nextStep:
      'Fix the processor, then run the command again. The generated rows are stored; no request will be sent.',
  },
  function_missing: {
    class: 'usage',
    nextStep:
      'Pass the module that defines it with --config FILE. In a program, pass the function in the option `processors`.',
  },
  transform_failed: {
    class: 'usage',
    nextStep:
      'Guard the value at the place shown above, then run the command again. Stored answers are not affected.',
  },
  unknown_processor: {
    class: 'usage',
    nextStep: 'Use the name of a schema_transform processor of the config.',
  },
  folder_unwritable: { class: 'usage', nextStep: 'Choose a folder that you may write to, with -o.' },
  seed_not_found: { class: 'usage', nextStep: 'Put the file there, or fix seed_config.source.path.' },
  media_missing: {
    class: 'usage',
    nextStep:
      'Restore the files or change the paths, then run the command again. No request was sent; stored answers are not affected.',
  },
  seed_unreadable: { class: 'usage', nextStep: 'Fix the seed file at the place shown above.' },
  persons_not_found: {
    class: 'usage',
    nextStep:
      'Download it with `rowsmith download personas --locale LOCALE`, or set DATA_DESIGNER_MANAGED_ASSETS_PATH to its folder. person_from_faker needs no download.',
  },
  persons_unreadable: { class: 'usage', nextStep: 'Download the person dataset again.' },
  duckdb_missing: { class: 'usage', nextStep: 'Install Rowsmith again, including its dependencies.' },
  unknown_column: { class: 'usage', nextStep: 'Use names of columns of the dataset.' },
  where_invalid: { class: 'usage', nextStep: 'Write one SQL condition on the columns of a row.' },
  export_unfit: { class: 'usage', nextStep: 'Export as jsonl, which can hold any value.' },
  dataset_not_found: { class: 'usage', nextStep: 'Check the path of the dataset directory.' },
  reuse_unfit: {
    class: 'usage',
    nextStep: 'Choose another dataset with --reuse DIR, or reuse no answers with --reuse none.',
  },

  unknown_step: { class: 'usage', nextStep: 'Use the name of a step of the workflow.' },

  // Resume refused: nothing was changed, no request was sent
  workflow_record_damaged: {
    class: 'refused',
    nextStep:
      'Restore workflow-metadata.json from a backup, or move it away. Rowsmith finds the datasets of the steps without it and continues them.',
  },
  nothing_to_resume: {
    class: 'refused',
    nextStep: 'Run the command without --resume always to start the dataset.',
  },
  config_differs: {
    class: 'refused',
    nextStep: 'Restore the config, or start a new dataset with --resume never.',
  },
  dropped_columns_policy_differs: {
    class: 'refused',
    nextStep: 'Use the stored policy, or start a new dataset with --resume never.',
  },
  allow_resize_not_resumable: {
    class: 'refused',
    nextStep:
      'Run the `rowsmith create` command with --resume never to start a new dataset next to this one.',
  },
  no_stored_identity: { class: 'refused', nextStep: 'Start a new dataset with --resume never.' },
  metadata_corrupt: {
    class: 'refused',
    nextStep:
      'Restore the file from a backup. If Rowsmith created the dataset, `rowsmith verify DATASET_DIR --repair` writes it again. Or start a new dataset with --resume never.',
  },
  metadata_missing: {
    class: 'refused',
    nextStep:
      'Restore metadata.json. If Rowsmith created the dataset, `rowsmith verify DATASET_DIR --repair` writes it again. Or start a new dataset with --resume never.',
  },
  metadata_incomplete: {
    class: 'refused',
    nextStep:
      'Restore the missing field. If Rowsmith created the dataset, `rowsmith verify DATASET_DIR --repair` writes the file again. Or start a new dataset with --resume never.',
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
      'Restore the file from a backup. `rowsmith verify DATASET_DIR` reports what is lost, and --repair preserves the rest. Or start a new dataset with --resume never.',
  },
  answers_lost: {
    class: 'refused',
    nextStep:
      'Restore the files, or run `rowsmith verify DATASET_DIR` to see what is lost. To request the lost answers again, and pay for them, add --accept-loss (in a program: `acceptLoss: true`).',
  },
  foreign_batch_files: { class: 'refused', nextStep: 'Move the named files out of the folder.' },
  types_differ: {
    class: 'refused',
    nextStep:
      'Delete the row groups shown above from parquet-files to generate them again, or start a new dataset with --resume never.',
  },
  post_generation_started: { class: 'refused', nextStep: 'Start a new dataset with --resume never.' },
  post_generation_complete: {
    class: 'refused',
    nextStep: 'Request the same number of records, or start a new dataset with --resume never.',
  },
  holes_in_sequential: {
    class: 'refused',
    nextStep: 'Resume with the concurrent engine, which fills the holes.',
  },
  fewer_than_on_disk: {
    class: 'refused',
    nextStep:
      'Request at least as many records as the dataset has. Or run `rowsmith create` with --resume never to start a new dataset next to it.',
  },
  fewer_than_target: {
    class: 'refused',
    nextStep:
      'Request at least the target, which can only grow. Or run `rowsmith create` with --resume never to start a new dataset next to it.',
  },
  buffer_size_differs: { class: 'refused', nextStep: 'Remove buffer_size to use the stored one.' },
  seed_differs: { class: 'refused', nextStep: 'Remove --seed to use the stored one.' },

  shards_differ: {
    class: 'refused',
    nextStep:
      'Give every process the same number of shards, or continue without --shard: `rowsmith resume DATASET_DIR`.',
  },
  worker_differs: {
    class: 'refused',
    nextStep: 'Run the same versions of Rowsmith and Node on every machine.',
  },
  first_shard_missing: {
    class: 'refused',
    nextStep: 'Start shard 0, and check that every process sees the same folder.',
  },

  dataset_in_use: { class: 'in_use', nextStep: 'Wait for the other run, or stop it.' },
  dataset_gone: {
    class: 'storage',
    nextStep:
      'Restore the folder, or continue where it is now: `rowsmith resume DATASET_DIR`. If it is deleted, start again.',
  },
  lock_lost: { class: 'in_use', nextStep: 'Another process is writing this dataset. Let it finish.' },

  // Models
  authentication_failed: {
    class: 'models',
    nextStep: 'Check the API key of the provider, then run the command again.',
  },
  permission_denied: {
    class: 'models',
    nextStep: 'Check that the key may use this model, then run the command again.',
  },
  model_not_found: {
    class: 'models',
    nextStep: 'Check the model id and the endpoint, or override it with --model ALIAS=PROVIDER/MODEL.',
  },
  quota_exhausted: {
    class: 'models',
    nextStep:
      'Raise the quota or wait until it is reset, then run the command again. With wait_for_endpoint_seconds in the run config, Rowsmith waits.',
  },
  endpoint_unreachable: {
    class: 'models',
    nextStep: 'Check the endpoint, then run the command again.',
  },
  tools_unreachable: {
    class: 'models',
    nextStep: 'Check the MCP provider, then run the command again.',
  },
  early_shutdown: {
    class: 'models',
    nextStep:
      'Fix the cause, then run the command again. It requests the failed cells again. disable_early_shutdown in the run config turns this stop off.',
  },
  batch_rejected: {
    class: 'models',
    nextStep:
      'Fix what the provider reports, then run the command again. With --no-batch, requests are sent one by one.',
  },
  aborted: { class: 'models', nextStep: 'Run the same command again to continue.' },

  finished_short: {
    class: 'short',
    nextStep: 'Check the failures, or allow them with --max-dropped N or P%.',
  },
  step_empty: {
    class: 'short',
    nextStep:
      'Loosen the condition on the rows, or set `allow_empty: true` for the step to end the workflow there.',
  },
  dataset_incomplete: {
    class: 'short',
    nextStep: 'Finish the dataset with `rowsmith resume`, or export the available rows with --partial.',
  },
  price_missing: {
    class: 'usage',
    nextStep:
      'Set it under `prices` in the run config or the providers file. Or limit tokens or requests instead.',
  },
  time_reached: {
    class: 'budget',
    nextStep: 'Run the same command again to continue, or `rowsmith resume` with a longer --max-time.',
  },
  budget_reached: { class: 'budget', nextStep: 'Continue with a higher limit.' },

  file_damaged: {
    class: 'storage',
    nextStep:
      'Run `rowsmith verify DATASET_DIR --repair`. It rebuilds the file from stored answers, or reports what is lost.',
  },
  disk_full: { class: 'storage', nextStep: 'Free disk space, then run the command again.' },
  io_error: { class: 'storage', nextStep: 'Check the disk, then run the command again.' },
  sync_failed: {
    class: 'storage',
    nextStep: 'Check the disk, then run the command again. Rowsmith used no data that was not synced.',
  },

  // Row failures: why one row was dropped, in `failures` and the commit. They never end a run.
  template_failed: { class: 'row', nextStep: 'Guard the variable in the template, or give it a default.' },
  expression_failed: { class: 'row', nextStep: 'Check the expression and its dtype against the row.' },
  parse_failed: {
    class: 'row',
    nextStep: 'State the format more clearly in the prompt, or raise max_conversation_restarts.',
  },
  schema_failed: { class: 'row', nextStep: 'Loosen the output_format, or raise max_conversation_restarts.' },
  truncated: {
    class: 'row',
    nextStep:
      'Raise max_tokens. For these rows only: `rowsmith retry DATASET_DIR --code truncated --answer-tokens N`.',
  },
  content_filtered: { class: 'row', nextStep: 'Rephrase the prompt; the provider refused to answer.' },
  empty_reply: {
    class: 'row',
    nextStep: 'Check the prompt and max_tokens. The model returned an empty answer.',
  },
  bad_request: { class: 'row', nextStep: 'Check the request parameters of the model.' },
  context_window: {
    class: 'row',
    nextStep: 'Shorten the prompt, or use a model with a larger context window.',
  },
  rejected_request: { class: 'row', nextStep: 'Check the status that the provider returned.' },
  rate_limited: { class: 'row', nextStep: 'Wait, or lower max_parallel_requests of the model.' },
  server_error: { class: 'row', nextStep: 'The provider failed repeatedly for this row. Try again later.' },
  request_timeout: { class: 'row', nextStep: 'Raise the timeout of the model.' },
  connection_failed: {
    class: 'row',
    nextStep: 'The connection failed repeatedly for this row. Try again later.',
  },
  not_attempted: {
    class: 'row',
    nextStep: 'The run was salvaged after an early shutdown, before this row was generated.',
  },
  media_unusable: {
    class: 'row',
    nextStep:
      'Use a file below the dataset or the folder of the config, a web address, or base64 with its format.',
  },
  image_unusable: {
    class: 'row',
    nextStep:
      'Request the image itself from the provider, for example with extra_body: {response_format: b64_json}.',
  },
  embedding_unusable: {
    class: 'row',
    nextStep: 'Guard the target column, or check what the provider returns.',
  },
  effect_uncertain: {
    class: 'row',
    nextStep:
      'This call is at-most-once, and the process crashed during it, so it may have run. Check its side effects, then regenerate the row: `rowsmith retry DATASET_DIR --rows N`.',
  },
  constraint_unmet: {
    class: 'row',
    nextStep: 'Widen the distributions of the compared columns, or loosen the constraint.',
  },
  function_failed: {
    class: 'row',
    nextStep: 'Fix the function, or return a value for this row too.',
  },
  validator_failed: {
    class: 'row',
    nextStep: 'Check what the validator returns for this row, then retry it.',
  },
  tool_turns_exceeded: {
    class: 'row',
    nextStep: 'Raise max_tool_call_turns of the tool config, or request the answer more clearly.',
  },
  value_unfit: { class: 'row', nextStep: 'Check the config: the value does not fit the type of its column.' },

  sidecar_missing: {
    class: 'verify',
    nextStep:
      'Run `rowsmith verify DATASET_DIR --repair`. It rebuilds the file from stored answers, without a request.',
  },
  answers_missing: {
    class: 'verify',
    nextStep:
      'Run `rowsmith verify DATASET_DIR --repair` to restore what is possible, or leave out the rows of that row group.',
  },
  nothing_to_retry: {
    class: 'usage',
    nextStep: 'Check the failures with `rowsmith status`, or select rows with --rows or --where.',
  },
  step_damaged: {
    class: 'verify',
    nextStep:
      'Run `rowsmith verify DATASET_DIR --repair` for the directory shown above, then run the command again.',
  },
  crashtest_failed: {
    class: 'verify',
    nextStep: 'A guarantee was broken. Please report it with the output.',
  },
})

export type ErrorCode = keyof typeof errorCodes

/** Codes of a requested stop: by a signal or by a time limit. */
export const stopCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['aborted', 'time_reached'])

/** Old names of error codes. `--json` and the log print them as `legacy_code`, for two minor versions. */
export const legacyCodes: { readonly [C in ErrorCode]?: string } = {
  post_processing_failed: 'stage_failed',
  sidecar_missing: 'companion_missing',
  step_damaged: 'stage_damaged',
  step_empty: 'stage_empty',
  unknown_step: 'unknown_stage',
}
