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
const library = defineConfig({
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

/** The pages of `rowsmith view` and `rowsmith dev`, which the server finds beside its own chunk. */
const page = defineConfig({
  entry: { main: 'web/main.ts', dev: 'web/dev.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2024',
  tsconfig: 'web/tsconfig.json',
  outDir: 'dist/web',
  outExtensions: () => ({ js: '.js' }),
  // The server serves modules by their plain names (`src/view/page-files.ts`), so what both pages share has one too.
  outputOptions: { chunkFileNames: '[name].js' },
  minify: true,
  clean: false,
  dts: false,
  copy: ['index.html', 'dev.html', 'page.css', 'icon.svg'].map((name) => ({
    from: `web/${name}`,
    to: 'dist/web',
  })),
})

export default [library, page]
