import type { RunFile } from '../../../src/store/control/run-file.ts'

/** A run.json with everything in it that is hard to store. */
export const run: RunFile = {
  format: 1,
  run_seed: 2n ** 127n + 1n,
  today: '2026-08-07',
  dataset_name: 'dataset',
  config_hash: 'sha256:ab',
  config_hash_algo: 'sha256',
  config_hash_version: 'rowsmith-1',
  rows_identity: { hash: 'cd', document: { columns: [{ low: 1n, high: 1.0, weights: [0.5, -0] }] } },
  stage_identity: 'ef',
  raw_folder: 'parquet-files',
  media_mode: 'disk',
  preserve_dropped_columns: true,
  engine: 'concurrent',
  segments: [
    { first_group: 0, first_row: 0, rows: 25, buffer_size: 10 },
    { first_group: 3, first_row: 25, rows: 5, buffer_size: 10 },
  ],
  file_schema: {
    'parquet-files': [
      { name: 'id', type: { kind: 'string' } },
      {
        name: 'profile',
        type: {
          kind: 'struct',
          fields: [{ name: 'tags', type: { kind: 'list', element: { kind: 'none' } } }],
        },
      },
    ],
  },
}
