import type { Behaviour } from './behaviour.ts'

export const interruptions: Readonly<Record<string, Behaviour>> = {
  G1: {
    says: 'A stop in the middle of a row group keeps every answer it had; the next run makes the group from them.',
    tests: [
      [
        'test/run/execute/create.test.ts',
        'a run that is stopped > goes on where it was, with every answer it had paid for',
      ],
      [
        'test/run/scheduler/engines.test.ts',
        'the two engines > go on with each other: begun sequential, gone on with sequential, wherever it was stopped',
      ],
    ],
  },
  G2: {
    says: 'A stop ends every wait of the run, whatever it waits for, gives the lock back, and nothing goes on behind.',
    tests: [
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > before the first request ends every wait and gives the lock back',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > when it has just started ends every wait and gives the lock back',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > while it backs off ends every wait and gives the lock back',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > while a model cools down ends every wait and gives the lock back',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > while a row group is published ends every wait and gives the lock back',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > with requests in flight that never end ends every wait and gives the lock back',
      ],
      [
        'test/cli/commands/run/stopping.test.ts',
        'the first signal > SIGINT finishes what is in flight, tells how to go on and exits with 130',
      ],
    ],
  },
  G3: {
    says: 'A kill loses at most what was in flight or on its way to the disk; row groups in work keep their answers.',
    tests: [
      [
        'test/cli/commands/run/stopping.test.ts',
        'kill -9 loses only what was in flight, and the same command goes on',
      ],
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > lose nothing, buy nothing twice, and end with the same bytes',
      ],
    ],
  },
  G4: {
    says: 'Too many failures stop the run with the code early_shutdown; published groups stay, and the same command goes on.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > keeps what is published, leaves open what has no fate, and the same command goes on',
      ],
    ],
  },
  G5: {
    says: 'After an early shutdown unfinished rows stay open; with salvage they are dropped by name and the survivors published.',
    tests: [
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop, or a failing disk, at any operation of a run that is shut down early: once the cause is mended, no row is lost',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > keeps what is published, leaves open what has no fate, and the same command goes on',
      ],
      [
        'test/run/execute/create.test.ts',
        'failures of a model > leave the surviving rows published after an early shutdown when asked to salvage',
      ],
    ],
  },
  G6: {
    says: 'An early shutdown without a single row is the same typed error.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > without a single row is a typed error too, and its dataset goes on',
      ],
    ],
  },
  G7: {
    says: 'A run that loses every row without an early shutdown ends with no rows, each dropped by column and code, and the first failure.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > ends with no rows, every row dropped by name, and the first failure',
      ],
    ],
  },
  G8: {
    says: 'A run that adds no row to a dataset that has some succeeds, and its summary counts the dropped rows.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > adds no row to a dataset that has some, and says so in numbers',
      ],
    ],
  },
  G9: {
    says: 'A dataset without a row after an early shutdown goes on like any other.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > without a single row is a typed error too, and its dataset goes on',
      ],
    ],
  },
  G10: {
    says: 'A row group that lost all its rows is published without rows, companions too, and never made again.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > publishes row groups without rows, companions too, and never makes them again',
      ],
      [
        'test/run/scheduler/engines.test.ts',
        'the sequential engine > goes on when every row of a group is lost',
      ],
    ],
  },
  G11: {
    says: 'A row group that cannot be written stops the run with a typed error; its answers are kept, and the next run publishes it.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a row group that cannot be written > stops the run with ENOSPC told, keeps every answer, and is there after the next run',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a row group that cannot be written > stops the run with EIO told, keeps every answer, and is there after the next run',
      ],
      [
        'test/cli/options/bad-input.test.ts',
        'a disk that gets full stops the run with 8, and it goes on when there is room',
      ],
    ],
  },
  G12: {
    says: 'A metadata.json that cannot be written stops the run with a typed error; the row groups that are published count.',
    tests: [
      [
        'test/run/usage/usage-report.test.ts',
        'the bill (P8) > counts a group once whose files are published when metadata.json cannot be written',
      ],
    ],
  },
  G13: {
    says: 'A bug of ours stops the run as an internal error and costs no row.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a bug of ours > while a cell is made stops the run, costs no row, and the next run has them all',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a bug of ours > while a row group is encoded stops the run, costs no row, and the next run has them all',
      ],
    ],
  },
  G14: {
    says: 'A template that cannot be parsed is refused before anything is made; one that cannot be rendered for a row costs that row.',
    tests: [
      ['test/cli/options/bad-input.test.ts', 'a config that > has a broken template'],
      [
        'test/columns/computed/expression.test.ts',
        'an expression that cannot be rendered fails the row, naming the variable',
      ],
    ],
  },
  G15: {
    says: 'Rate limits never cost a row; the answers around a waiting cell are kept, and neither a stop nor an early shutdown waits for it.',
    tests: [
      ['test/run/execute/create.test.ts', 'failures of a model > never lose a row to rate limits'],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > does not wait for a model that asks for patience without end',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > while a model cools down ends every wait and gives the lock back',
      ],
    ],
  },
  G16: {
    says: 'A run ends when every row group is published, or with the error that stopped it: no group is left over in silence.',
    tests: [
      [
        'test/run/scheduler/group/row-group-state.test.ts',
        'OpenGroup > gives every row the same fate in whatever order its cells end (rule G2)',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > keeps what is published, leaves open what has no fate, and the same command goes on',
      ],
    ],
  },
  G17: {
    says: 'Progress counts rows of the whole dataset from where it stood, and never more than are planned.',
    tests: [
      [
        'test/run/execute/resumed-results.test.ts',
        'a dataset that was stopped in its second row group, resumed, and then extended > tells of the row groups and rows of this invocation, and counts progress from where the dataset was',
      ],
    ],
  },
  G18: {
    says: 'There are no callbacks but events: a watcher that throws ends its own watching, and neither the run nor other watchers.',
    tests: [
      [
        'test/run/report/watchers.test.ts',
        'a watcher > that throws ends its own watching, and neither the run nor another watcher',
      ],
      [
        'test/run/report/watchers.test.ts',
        'a watcher > that never looks holds nothing up, and finds what happened when it does',
      ],
      [
        'test/run/report/watchers.test.ts',
        'a watcher > that does not keep up loses the oldest events, and never the last ones',
      ],
    ],
  },
  G19: {
    says: 'A row group is told of when its files and its commit are durable, by the process that made it.',
    tests: [
      [
        'test/run/report/watchers.test.ts',
        'a watcher > hears of a row group when its file and its commit are there',
      ],
      [
        'test/run/execute/resumed-results.test.ts',
        'a dataset that was stopped in its second row group, resumed, and then extended > tells of the row groups and rows of this invocation, and counts progress from where the dataset was',
      ],
    ],
  },
  G20: {
    says: 'One process writes a dataset; another one is told who does, or finds it complete.',
    tests: [
      [
        'test/crash/two-processes.test.ts',
        'two processes on one directory: one writes, the other is told or finds it complete, 50 times',
      ],
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > has one writer when two start at once, fresh or after a crash, in many interleavings',
      ],
      ['test/store/lock/lock.test.ts', 'lets exactly one of two real processes win, twenty times'],
    ],
  },
  G21: {
    says: 'Salvaged rows have every column and every processor that rows have at all: a row is whole or dropped.',
    notTested:
      'Processors run when a row group is sealed, over all its rows at once, so no row can pass without them.',
  },
}
