import type { Behaviour } from './behaviour.ts'

export const targets: Readonly<Record<string, Behaviour>> = {
  D1: {
    says: "Only missing groups are made, in Data Designer's directories too.",
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is gone is made again with the same bytes, from answers that were paid for',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'a hole in a finished run of Data Designer > is filled with its own rows',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'an interrupted run of Data Designer > is finished: its groups keep their bytes, the others are made, the union reads as one dataset',
      ],
      [
        'test/run/execute/plan-property.test.ts',
        'random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once',
      ],
    ],
  },
  D2: {
    says: 'A larger target appends groups.',
    tests: [
      [
        'test/run/seal/import-row-groups.test.ts',
        'an interrupted run of Data Designer > is complete afterwards, and can be extended',
      ],
      [
        'test/run/execute/create.test.ts',
        'create() > extends without touching the groups that are there, also when they are short',
      ],
      [
        'test/plan/row-groups.test.ts',
        'any extensions: every row is in exactly one group, and old groups never change',
      ],
    ],
  },
  D3: {
    says: 'A short last group stays short; an extension begins a group of its own.',
    tests: [
      [
        'test/run/seal/import-row-groups.test.ts',
        'a finished run of Data Designer > is extended by groups of its own: its short last group stays short',
      ],
      [
        'test/run/execute/create.test.ts',
        'create() > extends without touching the groups that are there, also when they are short',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'extension never changes earlier groups, also twice and unaligned > 5 -> 6 -> 10 at buffer 2 gives 10',
      ],
      [
        'test/plan/row-groups.test.ts',
        'an extension leaves short groups short: 5 to 6 to 10 at 2 a group gives 10 rows',
      ],
    ],
  },
  D4: {
    says: 'The plan is recorded, not worked out again: 5 to 6 to 10 at two a group gives 10 rows, also when Data Designer did the first two.',
    tests: [
      [
        'test/plan/stored-plan.test.ts',
        "Data Designer's 5 to 6 at 2 a group is extended to 10 rows, and its four groups stay what they are",
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'extension never changes earlier groups, also twice and unaligned > 5 -> 6 -> 10 at buffer 2 gives 10',
      ],
      [
        'test/plan/row-groups.test.ts',
        'an extension leaves short groups short: 5 to 6 to 10 at 2 a group gives 10 rows',
      ],
      [
        'test/run/execute/plan-property.test.ts',
        'random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once',
      ],
    ],
  },
  D5: {
    says: 'An ask below the rows there are is refused with both numbers.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fewer than on disk, fewer than target: two messages with both numbers > fewer than on disk',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with fewer_than_on_disk > always: changes no byte and sends no request',
      ],
    ],
  },
  D6: {
    says: 'An ask below the target is refused with both numbers.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fewer than on disk, fewer than target: two messages with both numbers > fewer than target',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with fewer_than_target > always: changes no byte and sends no request',
      ],
    ],
  },
  D7: {
    says: 'A target never comes down, and the refusal names it; an extension that made nothing yet is gone on with.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fewer than on disk, fewer than target: two messages with both numbers > a target that was raised never comes down, also when nothing of the extension was made',
      ],
      [
        'test/run/open/half-made.test.ts',
        'what a killed process left half made > an extension of which only run.json knows is gone on with, and never shrunk',
      ],
    ],
  },
  D8: {
    says: 'Another buffer_size is refused with both values; not given, the stored one holds.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with buffer_size_differs > always: changes no byte and sends no request',
      ],
      [
        'test/run/execute/plan-property.test.ts',
        'random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once',
      ],
    ],
  },
  D9: {
    says: 'Groups of an extension that metadata.json has not heard of are counted and not made again.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > groups of an extension that are there are not made again, the others are',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (sequential) > groups of an extension that are there are not made again, the others are',
      ],
    ],
  },
  D10: {
    says: 'An extension that is complete while metadata.json is old: already complete, and target and counters are put right.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > an extension that metadata.json never heard of is complete, and its target and counters are put right',
      ],
    ],
  },
  D11: {
    says: 'The original target is kept apart from the target, however often it is raised.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'extension never changes earlier groups, also twice and unaligned > 5 -> 6 -> 10 at buffer 2 gives 10',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > an extension that metadata.json never heard of is complete, and its target and counters are put right',
      ],
    ],
  },
  D12: {
    says: 'numRecords of 0, below, or no whole number is refused before a folder is made.',
    tests: [
      ['test/run/open/found-on-disk.test.ts', 'numRecords of 0 is refused before a folder is made'],
      ['test/run/open/found-on-disk.test.ts', 'numRecords of -1 is refused before a folder is made'],
    ],
  },
  D13: {
    says: 'A plan is a few segments, whatever the number of its groups.',
    tests: [['test/plan/row-groups.test.ts', 'a million groups are one segment']],
  },
  D14: {
    says: 'A plan cannot shrink.',
    tests: [['test/plan/row-groups.test.ts', 'a target never falls']],
  },
}
