import { defineConfig } from 'tsdown'

// One flat folder: workers and children find their script beside the chunk that starts them.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
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
  dts: { entry: ['src/index.ts', 'src/testing/index.ts'] },
})
