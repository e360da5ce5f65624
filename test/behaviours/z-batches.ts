import type { Behaviour } from './behaviour.ts'

const runs = 'test/run/effects/batches/batches.test.ts'
const paths = 'test/run/effects/batches/submitting.test.ts'
const crashes = 'test/crash/batches.test.ts'

export const batches: Readonly<Record<string, Behaviour>> = {
  Z1: {
    says: 'A dataset made by batches has the bytes of one made by single requests, at half the price.',
    tests: [
      [
        runs,
        'a dataset made by batches > has the bytes of one made by single requests, at half the price: openai',
      ],
      [
        runs,
        'a dataset made by batches > has the bytes of one made by single requests, at half the price: anthropic',
      ],
      [
        runs,
        'a dataset made by batches > has the bytes of one made by single requests, at half the price: gemini',
      ],
    ],
  },
  Z2: {
    says: 'Wherever a run by batches is killed, once or twice, no request is charged twice but those that are counted as unknown.',
    tests: [
      [
        crashes,
        'a run by batches > goes on after stops, pays for nothing twice, and makes the same bytes: openai',
      ],
      [crashes, 'a run by batches > goes on after real kills, right before or after calls about batches'],
      [crashes, 'a run by batches > the proof sees a planted bug: repeated create'],
    ],
  },
  Z3: {
    says: 'What a batch did not answer, since it expired or was called back, is asked for again; what it answered is not.',
    tests: [
      [
        paths,
        'a batch that ends otherwise > by its window: what was answered counts, the rest is asked for again, and the second time alone',
      ],
      [
        paths,
        'a batch that ends otherwise > called back by another client: what was answered counts, and the rest is asked for again',
      ],
    ],
  },
  Z4: {
    says: 'A provider that takes no more of a model gets smaller batches, one after the other, and no row is lost.',
    tests: [
      [
        paths,
        'a batch that ends otherwise > refused since too much waits there: smaller ones follow, one after the other, and no row is lost',
      ],
    ],
  },
  Z5: {
    says: 'At Anthropic a create of which nothing was heard is found by its number of requests and by its first result; with consent its requests are paid for again.',
    tests: [
      [
        paths,
        'a create of which nothing was heard, at Anthropic > is told from a batch of the same size that somebody else made',
      ],
      [
        paths,
        'a create of which nothing was heard, at Anthropic > is requested again with consent, and the first one is unknown on the account',
      ],
    ],
  },
  Z6: {
    says: 'A process that was taken over while it handed a batch over creates none when it wakes.',
    tests: [
      [
        paths,
        'a second process > takes over while the first sleeps, and that one creates nothing when it wakes',
      ],
    ],
  },
  Z7: {
    says: 'Rows that a provider refuses in a batch are lost alone: that they fail together stops no run.',
    tests: [
      [
        runs,
        'a dataset made by batches > loses the rows that a provider refuses, and no others: their failures come together, and stop nothing',
      ],
    ],
  },
  Z8: {
    says: 'What all prompts of a column begin with is marked for the provider’s cache, and is no part of a request’s identity.',
    tests: [
      [
        'test/models/wire/anthropic/anthropic-cache.test.ts',
        'the start that prompts have in common > is no part of what makes a request the same',
      ],
      [
        'test/run/usage/caching.test.ts',
        'prompts that begin alike > are cached, counted for less as the provider counts them, and answered as if they were not: anthropic',
      ],
    ],
  },
}
