/**
 * The documentation site: `npm run docs` builds it from the same Markdown that the forge and the npm package show.
 *
 * 1. The pages are README.md (the home page), ARCHITECTURE.md, CONTRIBUTING.md, CHANGELOG.md, AGENTS.md and docs/. A link between them
 *    is the path from file to file, as on the forge: `[export](docs/export.md)`.
 * 2. A link that leads nowhere fails the build.
 * 3. Braces in inline code are text: `{{ product }}` is no expression of Vue.
 * 4. Search is local: the site sends nothing anywhere.
 */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { anchorOf } from './anchors.ts'
import { sidebar } from './sidebar.ts'

export default defineConfig({
  title: 'Rowsmith',
  description: 'Synthetic datasets with language models. Killed runs go on, and no answer is paid for twice.',
  srcDir: '..',
  srcExclude: ['{test,examples,scripts,src,web,bench,dist,artifacts,site}/**'],
  rewrites: { 'README.md': 'index.md' },
  outDir: '../site',
  cacheDir: '../node_modules/.cache/vitepress',
  cleanUrls: true,
  // Pages link to examples/ by their path, as on the forge.
  buildEnd: ({ outDir }) =>
    cp(join(import.meta.dirname, '../../examples'), join(outDir, 'examples'), { recursive: true }),
  markdown: {
    // The same anchors as on the forge, so that a link to a heading holds in both.
    anchor: { slugify: anchorOf },
    languageAlias: { layers: 'yaml', rooms: 'yaml' },
    config(markdown) {
      const inline = markdown.renderer.rules.code_inline
      markdown.renderer.rules.code_inline = (...args) =>
        (inline?.(...args) ?? '').replace(/^<code/, '<code v-pre')
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar,
    outline: [2, 3],
    socialLinks: [{ icon: 'npm', link: 'https://www.npmjs.com/package/rowsmith' }],
  },
})
