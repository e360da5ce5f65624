/**
 * What Data Designer gets wrong in its data side, X1 to X27: each line says what is so here instead, and names the test that shows it.
 */
import type { Behaviour } from './behaviour.ts'

export const defects: Readonly<Record<string, Behaviour>> = {
  X1: {
    says: 'A text of Python that does not parse is never valid.',
    tests: [
      ['test/validate/parsers/python.test.ts', 'a syntax error is fatal and never valid > "def f(:\\n"'],
    ],
  },
  X2: {
    says: 'With several target columns, each row has its own verdict on each.',
    tests: [
      [
        'test/run/scheduler/cells/validation.test.ts',
        'several targets > each row has its own verdict on each of them',
      ],
    ],
  },
  X3: {
    says: 'A remote validator is asked again when it fails, as often as its params say.',
    tests: [
      [
        'test/run/scheduler/cells/verdicts.test.ts',
        'a remote validator > is asked again when it fails, as often as max_retries says',
      ],
    ],
  },
  X4: {
    says: 'A null code cell has no verdict, and disturbs no other row.',
    tests: [
      [
        'test/run/scheduler/cells/validation.test.ts',
        'by the concurrent engine > a skipped target has no verdict, and disturbs nobody',
      ],
      [
        'test/run/scheduler/cells/validation.test.ts',
        'by the sequential engine > a skipped target has no verdict, and disturbs nobody',
      ],
    ],
  },
  X5: {
    says: 'Nulls are not counted as values of a string column.',
    tests: [
      [
        'test/results/profile/profile.test.ts',
        'nulls, distinct values, distributions, verdicts and scores are counted; a skipped cell disturbs no count',
      ],
    ],
  },
  X6: {
    says: 'The seed row of an ordered seed is that of the planned row, whatever was read or made before it.',
    tests: [
      ['test/run/prepare/seeds.test.ts', 'a seed dataset > ordered, fills a hole with exactly its slice'],
      [
        'test/seed/files/folder.test.ts',
        'a directory > gives a row per file with its place, in the order of paths',
      ],
    ],
  },
  X7: {
    says: 'A shuffled seed goes on after a stop as if there had been none.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > shuffle, goes on after a stop as if there had been none',
      ],
    ],
  },
  X8: {
    says: 'The same run seed gives the same sampled rows.',
    tests: [
      [
        'test/run/scheduler/sampling.test.ts',
        'sampled columns in a run > are the same whatever the size of row groups, and in whatever order columns stand',
      ],
      [
        'test/run/prepare/persons.test.ts',
        'the rows of a run with persons > are the same whatever the size of row groups, and after a row group is lost',
      ],
    ],
  },
  X9: {
    says: 'A bernoulli mixture draws from the stream of its cell.',
    tests: [
      [
        'test/sample/distribution.test.ts',
        'at the edges > a mixture of 0 is 0, and keeps the seed of its cell',
      ],
    ],
  },
  X10: {
    says: 'A condition holds when it is true as Python has it: no cell is left without a value.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'conditional parameters > a condition that is true without being True holds: no cell is left without a value',
      ],
    ],
  },
  X11: {
    says: 'Constraints hold after rounding; decimal places hold as text and under conditions.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'constraints > on a number hold in every row, after conversion and rounding',
      ],
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'conditional parameters > round to their own decimal places, and convert',
      ],
      [
        'test/sample/samplers.test.ts',
        'uniform converts: integers are rounded once, text shows the rounded places',
      ],
    ],
  },
  X12: {
    says: 'Numbers can be categories with subcategories, whatever they are converted to.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'subcategory > a category of [ 1n, 2n ], converted to null, can have subcategories',
      ],
      [
        'test/columns/sampled/sampled-rows.test.ts',
        "subcategory > a category of [ 1n, 'two' ], converted to null, can have subcategories",
      ],
    ],
  },
  X13: {
    says: 'A moment compared with a number is refused with the reason.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        "constraints > { target_column: 'day', …(2) } is refused with the reason",
      ],
    ],
  },
  X14: {
    says: 'Tries do not depend on the number of rows, and an unlucky right side is drawn again.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'constraints > ask as many times of three rows as of a thousand',
      ],
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'constraints > draw the right side again when it is above all that the left side can be',
      ],
    ],
  },
  X15: {
    says: 'Numbers of persons have the right length and area, and birth dates hold on 29 February.',
    tests: [
      [
        'test/sample/persons/person-records.test.ts',
        'what is derived from a record > a phone number has ten digits, most often of the state',
      ],
      [
        'test/sample/persons/person-records.test.ts',
        'what is derived from a record > a social security number has an area of the state only for those who were born there',
      ],
      [
        'test/sample/persons/person-records.test.ts',
        'what is derived from a record > a birth date gives the age when today is 2024-02-29',
      ],
    ],
  },
  X16: {
    says: 'A UUID is unique over a dataset.',
    tests: [['test/sample/samplers.test.ts', 'uuid is unique over a dataset, not only within a row group']],
  },
  X17: {
    says: 'A schema transform keeps types, texts that look like something else, and quotes.',
    tests: [
      [
        'test/run/seal/processors.test.ts',
        'a schema transform > has a file per row group, with native types, and every character as the model wrote it',
      ],
      [
        'test/post/template-tree.test.ts',
        'a text of the template > takes quotes, newlines, backslashes and other scripts as they are',
      ],
    ],
  },
  X18: {
    says: 'The rows of every processor can be asked for by its name.',
    tests: [
      [
        'test/run/seal/processors.test.ts',
        'loadProcessorDataset > lists the processors there are when asked for another one',
      ],
    ],
  },
  X19: {
    says: 'No figure of a report is of other rows than its footnote says.',
    tests: [
      [
        'test/results/quality/dataset-profile.test.ts',
        'labels, losses and cost are counted without being requested; texts when they are',
      ],
    ],
  },
  X20: {
    says: "The country of a person is the locale's, and there is an e-mail address.",
    tests: [
      [
        'test/sample/persons/person.test.ts',
        'a person of the United States > lives in the country of the locale',
      ],
      [
        'test/sample/persons/person.test.ts',
        'a person of the United States > has an address at which nobody can be reached, made of the name',
      ],
    ],
  },
  X21: {
    says: 'A DECIMAL without a scale is found in the syntax tree, whatever its letters, and never in a string or a comment.',
    tests: [
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:sqlite, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:tsql, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:bigquery, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:mysql, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:postgres, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is a complaint in sql:ansi, in any case',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:sqlite inside a string or a comment, nor for NUMERIC',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:tsql inside a string or a comment, nor for NUMERIC',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:bigquery inside a string or a comment, nor for NUMERIC',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:mysql inside a string or a comment, nor for NUMERIC',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:postgres inside a string or a comment, nor for NUMERIC',
      ],
      [
        'test/validate/checking/code.test.ts',
        'a DECIMAL with a precision and no scale > is none in sql:ansi inside a string or a comment, nor for NUMERIC',
      ],
    ],
  },
  X22: {
    says: 'A remote validator gives one verdict for one row.',
    notTested:
      'Each row is a request of its own, with one answer: there is no list whose length could be another.',
  },
  X23: {
    says: 'A relative path of a seed is found beside the config, wherever the command is given.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > with a relative path is looked for beside the config when the working directory has none',
      ],
    ],
  },
  X24: {
    says: 'Small numbers are not rounded away.',
    tests: [
      [
        'test/results/profile/profile.test.ts',
        'nulls, distinct values, distributions, verdicts and scores are counted; a skipped cell disturbs no count',
      ],
    ],
  },
  X25: {
    says: 'One cell that is null takes no statistic of its column away.',
    tests: [
      [
        'test/results/profile/profile.test.ts',
        'nulls, distinct values, distributions, verdicts and scores are counted; a skipped cell disturbs no count',
      ],
    ],
  },
  X26: {
    says: 'A negative weight is refused with its place, before anything runs.',
    tests: [
      [
        'test/columns/sampled/sampled-rows.test.ts',
        'a negative weight is refused with its place, before anything runs',
      ],
    ],
  },
  X27: {
    says: 'What the documentation says of samplers is so: the same seed gives the same rows.',
    tests: [
      [
        'test/run/scheduler/sampling.test.ts',
        'sampled columns in a run > are the same whatever the size of row groups, and in whatever order columns stand',
      ],
      [
        'test/sample/persons/person.test.ts',
        'a row is the same person whatever was drawn before it, and others with another seed',
      ],
    ],
  },
}
