/** The pages of the site, by what a reader wants. A test holds that every page of docs/ is here once. */
import type { DefaultTheme } from 'vitepress'

/** A page's title and its path from docs/, without `.md`. */
type Page = readonly [title: string, path: string]

const section = (text: string, pages: readonly Page[], collapsed = false): DefaultTheme.SidebarItem => ({
  text,
  collapsed,
  items: pages.map(([title, path]) => ({ text: title, link: `/docs/${path}` })),
})

export const sidebar: DefaultTheme.SidebarItem[] = [
  {
    ...section('Start', [
      ['Quick start', 'start/quick-start'],
      ['Your first pipeline', 'start/first-pipeline'],
      ['Datasets in TypeScript', 'typescript'],
    ]),
    link: '/',
  },
  section('Cookbook', [
    ['Chat data', 'cookbook/chat-sft'],
    ['Preference pairs', 'cookbook/preference-pairs'],
    ['Questions about documents', 'cookbook/rag-questions'],
    ['Text to SQL', 'cookbook/text-to-sql'],
    ['Add columns to a table', 'cookbook/augment-csv'],
  ]),
  section('Concepts', [
    ['Concepts in ten minutes', 'concepts/overview'],
    ['How a run survives a crash', 'concepts/crash-safety'],
  ]),
  section('Guides', [
    ['Prompts and templates', 'templates'],
    ['Seed data', 'seeds'],
    ['Columns that ask a model', 'model-columns'],
    ['Validate code', 'validators'],
    ['Functions of your own', 'custom-columns'],
    ['Tools', 'tools'],
    ['Providers', 'providers'],
    ['What it costs', 'costs'],
    ['Batches', 'batches'],
    ['Rate limits and outages', 'admission'],
    ['Failed rows', 'retry'],
    ['Going on', 'resume'],
    ['Edit a config and watch its rows', 'dev'],
    ['Look at the data', 'view'],
    ['Use several machines', 'scale'],
    ['Is the dataset any good', 'quality'],
    ['Export', 'export'],
    ['Post-processing', 'processors'],
    ['Workflows', 'workflows'],
    ['Check and repair', 'verify'],
    ['Observe runs', 'observability'],
    ['The simulator', 'simulator'],
    ['Coding agents', 'agents'],
    ['From Data Designer', 'interchange'],
  ]),
  section('Reference', [
    ['Commands', 'reference/cli'],
    ['Options', 'options'],
    ['Fields of configs', 'compatibility'],
    ['Samplers', 'samplers'],
    ['Errors and exit codes', 'errors'],
  ]),
  {
    text: 'Internals',
    collapsed: true,
    items: [
      { text: 'The durable protocol', link: '/docs/durability' },
      { text: 'Performance', link: '/docs/performance' },
      { text: 'Architecture', link: '/ARCHITECTURE' },
      { text: 'Contributing', link: '/CONTRIBUTING' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
  },
]
