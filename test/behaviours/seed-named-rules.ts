import type { Behaviour } from './behaviour.ts'

/** Rules that were agreed by name before anything was built. */
export const seedNamedRules: Readonly<Record<string, Behaviour>> = {
  S1: {
    says: 'Fingerprint defaults in every metadata write: hash, algorithm, version.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fingerprint defaults in every metadata write > hash, algorithm and version are in each of them: fresh, extended and already complete',
      ],
    ],
  },
  S2: {
    says: 'Atomic metadata, temp with pid.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'atomic metadata, temp with pid > each is written whole under a name with the pid, renamed, and leaves nothing behind',
      ],
    ],
  },
  S3: {
    says: 'Corrupt or half-written metadata is its own error, the same on every path.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > half-written',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > empty',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > a list',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > null',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > not UTF-8',
      ],
    ],
  },
  S4: {
    says: 'A missing target_num_records, buffer_size and the like is a typed error naming the field.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > target_num_records, the same on every path',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > buffer_size, the same on every path',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > a field of the wrong type is named with what it holds and what is due',
      ],
    ],
  },
  S5: {
    says: 'Progress comes from files in both engines while metadata lags.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > an extension that metadata.json never heard of is complete, and its target and counters are put right',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > groups of an extension that are there are not made again, the others are',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > counters that claim too much are not believed',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (sequential) > an extension that metadata.json never heard of is complete, and its target and counters are put right',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (sequential) > groups of an extension that are there are not made again, the others are',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (sequential) > counters that claim too much are not believed',
      ],
    ],
  },
  S6: {
    says: 'Actual counts of short groups.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'actual counts of short groups > rows that are in the files count, not rows that were planned',
      ],
    ],
  },
  S7: {
    says: 'Extension never changes earlier groups, also twice and unaligned.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'extension never changes earlier groups, also twice and unaligned > 5 -> 6 -> 10 at buffer 2 gives 10',
      ],
      [
        'test/run/execute/plan-property.test.ts',
        'random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once',
      ],
    ],
  },
  S8: {
    says: 'Fewer than on disk, fewer than target: two messages with both numbers.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fewer than on disk, fewer than target: two messages with both numbers > fewer than on disk',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fewer than on disk, fewer than target: two messages with both numbers > fewer than target',
      ],
    ],
  },
  S9: {
    says: 'Already complete refreshes counters.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'already complete refreshes counters > metadata.json says what is there, whatever it said before',
      ],
    ],
  },
  S10: {
    says: 'preserve_dropped_columns must match.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        '`preserve_dropped_columns` must match > true stored: the other one is refused with both, or gets a new dataset',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        '`preserve_dropped_columns` must match > false stored: the other one is refused with both, or gets a new dataset',
      ],
    ],
  },
  S11: {
    says: 'The no-op path gives a usable result object without building a generator or sending a request.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'the no-op path gives a usable result object > without building a generator or sending a request, with no key and no endpoint',
      ],
      [
        'test/run/execute/resumed-results.test.ts',
        'the results of a run that finds its dataset complete > can all be used, though no model was connected, no worker started and nothing sent',
      ],
    ],
  },
  S12: {
    says: 'DeprecationWarning surfaces as itself under --throw-deprecation.',
    tests: [
      [
        'test/run/scheduler/cells/allow-resize.test.ts',
        'allow_resize: true > under --throw-deprecation ends the run with the warning itself, before anything is written or sent',
      ],
      [
        'test/cli/commands/run/engines.test.ts',
        'under --throw-deprecation allow_resize ends the command with the warning itself, and nothing is written',
      ],
    ],
  },
  S13: {
    says: 'The lock is in the directory that is written after if_possible switched.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'the lock is in the directory that is written after `if_possible` switched > while the new dataset is made beside, its folder is locked, and the old one is not touched',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'the lock is in the directory that is written after `if_possible` switched > a second run of the same config meets that lock, not the one of the old folder',
      ],
    ],
  },
}
