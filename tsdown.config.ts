import { defineConfig } from 'tsdown'

// One flat folder: workers and children find their script beside the chunk that starts them.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    cli: 'src/cli/main.ts',
    'encode-worker': 'src/store/encode-worker.ts',
    'check-worker': 'src/validate/check-worker.ts',
    'hash-worker': 'src/store/hash-worker.ts',
    'crash-child': 'src/testing/crash-child.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  outDir: 'dist',
  clean: true,
  dts: { entry: ['src/index.ts', 'src/testing/index.ts'] },
})
