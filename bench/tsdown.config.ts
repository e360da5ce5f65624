import { defineConfig } from 'tsdown'

// Built like the package: that is what users run, and stripping types while it runs would cost memory of its own.
export default defineConfig({
  entry: {
    scenarios: 'scenarios.ts',
    'grid-rowsmith': 'grid-rowsmith.ts',
    'tool-server': 'tool-server.ts',
    'encode-worker': '../src/store/parquet/encode-worker.ts',
    'check-worker': '../src/validate/checking/check-worker.ts',
    'hash-worker': '../src/store/reading/hash-worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  outDir: 'dist',
  clean: true,
  dts: false,
})
