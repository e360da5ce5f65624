import { defineConfig } from 'tsdown'

/** What `rowsmith/…` is. */
const subpaths = {
  columns: 'src/entries/columns.ts',
  config: 'src/entries/config.ts',
  models: 'src/entries/models.ts',
  simulator: 'src/entries/simulator.ts',
  template: 'src/entries/template.ts',
  testing: 'src/entries/testing.ts',
  workflow: 'src/entries/workflow.ts',
}

// One flat folder: workers and children find their script beside the chunk that starts them.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ...subpaths,
    cli: 'src/cli/main.ts',
    'encode-worker': 'src/store/parquet/encode-worker.ts',
    'check-worker': 'src/validate/checking/check-worker.ts',
    'hash-worker': 'src/store/reading/hash-worker.ts',
    'crash-child': 'src/testing/crash/crash-child.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  outDir: 'dist',
  clean: true,
  dts: { entry: ['src/index.ts', ...Object.values(subpaths)] },
})
