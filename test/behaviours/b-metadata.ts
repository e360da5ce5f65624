import type { Behaviour } from './behaviour.ts'

export const metadata: Readonly<Record<string, Behaviour>> = {
  B1: {
    says: 'metadata.json that is not JSON is refused as corrupt, with the ways out.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with metadata_corrupt > always: changes no byte and sends no request',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > half-written',
      ],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it is cut in half'],
    ],
  },
  B2: {
    says: 'The same error under if_possible: what is damaged may be mended, so no new dataset is begun.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with metadata_corrupt > if_possible: the same',
      ],
    ],
  },
  B3: {
    says: 'A list, null or a text where an object is due is the same typed error.',
    tests: [
      ['test/store/control/metadata.test.ts', 'names what is wrong when it holds a list'],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it holds null'],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it holds text'],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > a list',
      ],
    ],
  },
  B4: {
    says: 'A file that is not UTF-8 is the same typed error.',
    tests: [
      ['test/store/control/metadata.test.ts', 'names what is wrong when it is not UTF-8'],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > not UTF-8',
      ],
    ],
  },
  B5: {
    says: 'A folder in its place is the same typed error; a file the disk does not give is a storage error, never another config.',
    tests: [
      ['test/store/control/metadata.test.ts', 'cannot be read when it is a folder'],
      ['test/store/control/metadata.test.ts', 'is not called damaged when the disk fails to read it'],
    ],
  },
  B6: {
    says: 'A missing target_num_records is a typed error naming file and field.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > target_num_records, the same on every path',
      ],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it lacks the target'],
    ],
  },
  B7: {
    says: 'The same error on every path, also where processing after generation is complete: there is one reader.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > target_num_records, the same on every path',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with metadata_incomplete > if_possible: the same',
      ],
    ],
  },
  B8: {
    says: 'A target that is a text is named with what it holds and what is due.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > a field of the wrong type is named with what it holds and what is due',
      ],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it has a target of text'],
    ],
  },
  B9: {
    says: 'A missing buffer_size is a typed error naming the field, not a mismatch with nothing.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > buffer_size, the same on every path',
      ],
      ['test/store/control/metadata.test.ts', 'names what is wrong when it lacks the buffer size'],
    ],
  },
  B10: {
    says: 'A missing original target means the target.',
    tests: [
      ['test/store/control/metadata.test.ts', 'settles an absent field: the original target is the target'],
    ],
  },
  B11: {
    says: 'An original target above the target is refused with both numbers.',
    tests: [
      [
        'test/store/control/metadata.test.ts',
        'names what is wrong when it has an original target above the target',
      ],
    ],
  },
  B12: {
    says: 'An original target of null is named, not a failure of arithmetic.',
    tests: [
      ['test/store/control/metadata.test.ts', 'names what is wrong when it has an original target of null'],
    ],
  },
  B13: {
    says: 'Keys that others put into metadata.json stay.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > keeps what a user and other tools put there, and statistics until there are other rows',
      ],
      [
        'test/store/control/metadata.test.ts',
        'keeps what others put there, and statistics while they are of as many rows',
      ],
    ],
  },
  B14: {
    says: 'Files decide, counters do not; counters are put right, also when the dataset is already complete.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > counters that claim too much are not believed',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'already complete refreshes counters > metadata.json says what is there, whatever it said before',
      ],
    ],
  },
  B15: {
    says: 'A lost metadata.json of ours is written again from what the dataset knows, and nothing is paid again; without that of Data Designer the plan is lost, so the run is refused and no row group is made anew.',
    tests: [
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with metadata_missing > if_possible: the same',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that is gone is made again from what the dataset knows, and nothing is bought',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that was lost in a stopped run costs no row group that is published',
      ],
    ],
  },
  B16: {
    says: 'Every write has the hash, its algorithm and version, and the dropped-column policy.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'fingerprint defaults in every metadata write > hash, algorithm and version are in each of them: fresh, extended and already complete',
      ],
    ],
  },
  B17: {
    says: 'metadata.json is a summary that is made whole at each write, with what others put there kept; a missing one is made.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that is gone is made again from what the dataset knows, and nothing is bought',
      ],
      [
        'test/store/control/metadata.test.ts',
        'keeps what others put there, and statistics while they are of as many rows',
      ],
    ],
  },
  B18: {
    says: 'JSON with sorted keys and two spaces, as Data Designer writes it.',
    tests: [
      [
        'test/store/control/metadata.test.ts',
        'writes sorted keys, two spaces and ASCII, and reads them back',
      ],
    ],
  },
  B19: {
    says: 'Written at the start, after the first group of a process, then at most every ten seconds, and at the end.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > is written at the start, after the first group and at the end, however many groups there are',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > is written after each group that took ten seconds',
      ],
    ],
  },
  B20: {
    says: 'A temporary file with the pid, synced, renamed, folder synced: a power loss at any moment leaves the old or the new one.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'atomic metadata, temp with pid > each is written whole under a name with the pid, renamed, and leaves nothing behind',
      ],
      [
        'test/store/control/metadata.test.ts',
        'replaces the file whole: a power loss at any moment leaves the old or the new one',
      ],
    ],
  },
}
