import type { Behaviour } from './behaviour.ts'

export const identity: Readonly<Record<string, Behaviour>> = {
  C1: {
    says: 'Equal hash and version: the same dataset.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by the hash, when it has the version we make',
      ],
      ['test/plan/decide.table.test.ts', 'an unfinished dataset > always: resume'],
    ],
  },
  C2: {
    says: 'Another config under always is refused, with the differences field by field.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with config_differs > always: changes no byte and sends no request',
      ],
      ['test/plan/decide.test.ts', 'the refusal of another config, field by field says what is wrong'],
    ],
  },
  C3: {
    says: 'Another config under if_possible gets a dataset of its own beside.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with config_differs > if_possible: begins a new dataset, and leaves the old one as it was',
      ],
      [
        'test/run/execute/create.test.ts',
        'create() > starts beside when another prompt is asked for, with the same seed, and leaves the old one alone',
      ],
    ],
  },
  C4: {
    says: 'A hash of another version says nothing: the stored config is compared instead.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when the hash has no version',
      ],
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when the hash is of a later version',
      ],
    ],
  },
  C5: {
    says: 'A dataset of hash version 1 is not orphaned: its stored config is hashed anew.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when the hash is of version 1',
      ],
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, older hash version, config differs > always: config_differs",
      ],
    ],
  },
  C6: {
    says: 'The name of the hash algorithm is not looked at.',
    tests: [
      ['test/store/control/metadata.test.ts', 'does not look at the algorithm of the hash, nor at counters'],
    ],
  },
  C7: {
    says: 'Without a hash an equal stored config is the same dataset.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when there is no hash',
      ],
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, without hash, config equal > always: already_complete",
      ],
    ],
  },
  C8: {
    says: 'Without a hash another stored config is another dataset.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when there is no hash',
      ],
    ],
  },
  C9: {
    says: 'Without a hash and a stored config nothing is taken for the same: refused, or a new dataset beside.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config cannot be told, so nothing is taken for the same > without a hash and a builder_config.json',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with no_stored_identity > always: changes no byte and sends no request',
      ],
    ],
  },
  C10: {
    says: 'Without a hash and with a damaged stored config neither.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config cannot be told, so nothing is taken for the same > without a hash, when builder_config.json is damaged',
      ],
      [
        'test/plan/found-identity.test.ts',
        'the config cannot be told, so nothing is taken for the same > without a hash, when builder_config.json holds no config that can be read',
      ],
    ],
  },
  C11: {
    says: 'With a good hash a damaged stored config does not matter.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by the hash alone, when builder_config.json is damaged',
      ],
    ],
  },
  C12: {
    says: 'Without metadata.json the stored config is compared; it is never skipped.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when there is no metadata.json: another config is never taken for the same',
      ],
      [
        'test/run/open/directories.test.ts',
        "a directory of Data Designer's without its metadata.json > another config is refused, or gets a folder of its own: rows of two configs never share one",
      ],
    ],
  },
  C13: {
    says: 'What the hash covers is what Data Designer covers, vector for vector.',
    tests: [
      [
        'test/config/identity/fingerprint.test.ts',
        'the fingerprint of a config is the one Data Designer gives it > and equals the one in the metadata.json that Data Designer wrote (complete)',
      ],
      [
        'test/config/identity/fingerprint.test.ts',
        'the fingerprint > ignores how fast and how patiently a model is asked',
      ],
      [
        'test/config/identity/fingerprint.test.ts',
        'the fingerprint > ignores the order of models, but not the order of columns',
      ],
    ],
  },
  C14: {
    says: 'A model alias that no column asks does not make another dataset of ours.',
    tests: [
      [
        'test/run/prepare/identity.test.ts',
        'whether a dataset may go on > does not depend on models that no column asks',
      ],
    ],
  },
  C15: {
    says: 'The source of a custom function is in the identity of rows, and so is what its file imports.',
    tests: [
      [
        'test/run/scheduler/cells/custom-columns.test.ts',
        'who it is > an edited function is another dataset; the same one goes on',
      ],
      ['test/code/load-code.test.ts', 'what functions depend on > is every file that is imported, however'],
    ],
  },
  C16: {
    says: 'Contents of seeds are in the identity of rows, those of rows in memory too.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > that was edited is another one: the run is refused, or starts beside',
      ],
    ],
  },
  C17: {
    says: 'A seed file edited under the same path is another dataset: contents count, not paths.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > that was edited is another one: the run is refused, or starts beside',
      ],
    ],
  },
  C18: {
    says: 'Run settings that change rows are in the identity; settings that cannot are not.',
    tests: [
      [
        'test/run/prepare/identity.test.ts',
        'whether a dataset may go on > depends on whether the simulator answers, on the prompt, and on settings that change an answer',
      ],
      [
        'test/run/prepare/identity.test.ts',
        'whether a dataset may go on > does not depend on how a run is watched, stopped or cut into groups',
      ],
    ],
  },
  C19: {
    says: 'Another preserve_dropped_columns is refused with both values, or gets a new dataset; absent means true.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        '`preserve_dropped_columns` must match > true stored: the other one is refused with both, or gets a new dataset',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        '`preserve_dropped_columns` must match > false stored: the other one is refused with both, or gets a new dataset',
      ],
      ['test/store/control/metadata.test.ts', 'settles an absent field: dropped columns are preserved'],
    ],
  },
  C20: {
    says: 'Where the dataset is the one meant and only the ask must be mended, if_possible refuses too and names the fix: paid rows are not left behind.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with buffer_size_differs > if_possible: the same',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with fewer_than_target > if_possible: the same',
      ],
      ['test/run/request/refused-runs.test.ts', 'a run refused with seed_differs > if_possible: the same'],
    ],
  },
  C21: {
    says: 'A complete dataset needs no endpoint and no key: nothing is probed.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'the no-op path gives a usable result object > without building a generator or sending a request, with no key and no endpoint',
      ],
    ],
  },
  C22: {
    says: 'A refused run changes no byte, builder_config.json included, and sends no request.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with config_differs > always: changes no byte and sends no request',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with buffer_size_differs > always: changes no byte and sends no request',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with fewer_than_on_disk > always: changes no byte and sends no request',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with metadata_corrupt > always: changes no byte and sends no request',
      ],
      ['test/run/request/refused-runs.test.ts', 'every refusal there is stands in the table'],
    ],
  },
  C23: {
    says: 'A column with allow_resize cannot be resumed: refused under always, a new dataset under if_possible.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with allow_resize_not_resumable > always: changes no byte and sends no request',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with allow_resize_not_resumable > if_possible: begins a new dataset, and leaves the old one as it was',
      ],
      ['test/plan/decide.table.test.ts', 'allow_resize > always: allow_resize_not_resumable'],
    ],
  },
  C24: {
    says: 'Processors that run after generation are not in the identity of rows: another stage is processed again, and no row is bought.',
    tests: [['test/plan/decide.table.test.ts', 'only the stage differs > always: reprocess']],
  },
}
