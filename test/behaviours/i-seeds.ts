import type { Behaviour } from './behaviour.ts'

export const seeds: Readonly<Record<string, Behaviour>> = {
  I1: {
    says: 'An ordered seed goes on at the planned row, and begins again where it is used up.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > ordered, goes on after a stop as if there had been none',
      ],
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > ordered, goes on where it was when the dataset is extended',
      ],
      ['test/run/prepare/seeds.test.ts', 'a seed dataset > can be taken in part, a range or a block'],
      [
        'test/crash/mixed-directories.test.ts',
        'extended or filled by the command, killed twenty times: files stay, nothing is bought twice, all is one dataset > begun by Data Designer: seeded',
      ],
    ],
  },
  I2: {
    says: 'A hole gets exactly its slice of the seed.',
    tests: [
      ['test/run/prepare/seeds.test.ts', 'a seed dataset > ordered, fills a hole with exactly its slice'],
      ['test/run/prepare/seeds.test.ts', 'a seed dataset > shuffle, fills a hole with exactly its slice'],
    ],
  },
  I3: {
    says: 'A shuffled seed is one permutation per pass, drawn from the run seed: the same after a stop, each row once.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > shuffle, goes on after a stop as if there had been none',
      ],
      [
        'test/seed/dataset/order.test.ts',
        'the order of seed rows > shuffled, has each row of the selection once in every pass, whatever the size',
      ],
      [
        'test/seed/dataset/order.test.ts',
        'the order of seed rows > shuffled, depends on the row and the run seed alone, not on which row was asked for before',
      ],
    ],
  },
  I4: {
    says: 'The seed row of a dropped row is not given to another row: each planned row has its own.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > gives the seed row of a dropped row to no other row',
      ],
    ],
  },
  I5: {
    says: 'A sampled value depends on run seed, column and row alone: a group made again has the same values.',
    tests: [
      ['test/base/numbers/random.test.ts', 'seed, column and row each choose another stream; order does not'],
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is gone is made again with the same bytes, from answers that were paid for',
      ],
    ],
  },
}
