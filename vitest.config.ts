import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { defineConfig } from 'vitest/config'

/** What takes long: real processes, kills, sweeps, whole runs by the hundred. `npm run test:fast` leaves it out. */
const slow = [
  'test/{behaviours,cli,crash,examples,interchange,package,workflow}/**',
  'test/code/load-code.test.ts',
  'test/config/check/random-configs.test.ts',
  'test/models/admission/{law,throughput}.test.ts',
  'test/preflight/dry-run.test.ts',
  'test/results/export/{export,export-formats}.test.ts',
  'test/results/rows/unfinished.test.ts',
  'test/results/profile/profile.test.ts',
  'test/run/**/*{engines,persons,property,random-graphs,refusals,refused-runs,reuse,seeds,stop-in-every-phase,validation}.test.ts',
  'test/run/**/{adopted-types,allow-resize,create,early-shutdown,failing-answers,half-made,import-row-groups,preview,resumed-results,retry,seed-named-rules,side-files,tools}.test.ts',
  'test/sample/distribution.test.ts',
  'test/store/publishing/publish.test.ts',
  'test/store/reading/checked-files.test.ts',
  'test/seed/dataset/{dataset,exact}.test.ts',
  'test/validate/checking/{checker,code}.test.ts',
  'test/verify/{damages,interrupted,repair}.test.ts',
]

/** Where files of tests lie: in memory where there is plenty, as on Linux, since a test that syncs real files waits for nothing else. */
function temporary(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 2 ** 31 ? memory : tmpdir()
}

const at = (path: string): string => `${import.meta.dirname}/${path}`

export default defineConfig(({ mode }) => ({
  // Examples import the package by its name.
  resolve: {
    alias: [
      { find: /^rowsmith$/, replacement: at('src/index.ts') },
      { find: /^rowsmith\/(\w+)$/, replacement: at('src/entries/$1.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: mode === 'fast' ? slow : [],
    // These end what hangs, on the slowest machine too; no test is about them. Without whole runs and kills a test takes seconds.
    testTimeout: mode === 'fast' ? 120_000 : 600_000,
    hookTimeout: 120_000,
    // Processes that tests start find compiled code of the ones before.
    env: { NODE_COMPILE_CACHE: at('node_modules/.cache/compiled'), TMPDIR: temporary() },
    maxWorkers: 2,
    // Loading the sources anew for every file took a fifth of the time. So a test leaves nothing behind in its process.
    isolate: false,
    fsModuleCache: true,
  },
}))
