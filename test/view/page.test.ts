/** The page of `rowsmith view` in a real browser: rows, one row, keys, hostile values, accessibility. */
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { create } from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { startView, type ViewServer } from '../../src/view/server.ts'
import { answer, failure } from '../support/scripted-transport.ts'
import { artifactFolder, quick, rowOf, smallConfig, smallOptions } from '../support/small-runs.ts'
import { launchBrowser } from './browser.ts'

/** Answers that would do something, were one of them taken for markup. */
const hostile = [
  '<script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '<svg onload="window.hacked = 1"></svg>',
  '<a href="javascript:window.hacked=1" autofocus onfocus="window.hacked=1">x</a>',
  '"><iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  '<style>* { display: none }</style><link rel=stylesheet href="http://127.0.0.1:1/x.css">',
  '![picture](http://127.0.0.1:1/x.png) [link](javascript:alert(1))',
  'abc\u202edcba\u202c \u200bzero \u0000 nul \u001b[31mred',
]

const folder = artifactFolder()
let browser: Browser | undefined
let server: ViewServer | undefined

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close()
  await server?.close()
  server = undefined
})

/** Twelve rows with hostile answers, of which row 9 was dropped, served. */
async function served(): Promise<ViewServer> {
  const run = quick((asked) => {
    const row = rowOf(asked)
    return row === 9 ? failure(400, `no ${hostile[1]}`) : answer(hostile[row % hostile.length]!)
  })
  await create(smallConfig(), smallOptions(folder.path, 12), run.components)
  server = await startView(join(folder.path, 'dataset'), { encoder: () => inThread })
  return server
}

interface Opened {
  readonly page: Page
  /** What the console said, and what was requested elsewhere. */
  readonly said: readonly string[]
}

async function opened(url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Opened> {
  const context = await browser!.newContext(options)
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) said.push(request.url())
  })
  await page.goto(url)
  await page.locator('.row.written').first().waitFor()
  return { page, said }
}

const selected = (page: Page) => page.locator('.row.selected .cell.number').textContent()

describe('the page', () => {
  test('shows every row, and takes no value for markup', async ({ skip }) => {
    if (browser === undefined) return skip('there is no browser here')
    const { page, said } = await opened((await served()).url)
    expect(await page.locator('.row').count()).toBe(12)
    expect(await page.locator('.row.dropped').textContent()).toContain('dropped at text: bad_request')
    for (const [row, text] of hostile.slice(0, 7).entries()) {
      expect(await page.locator(`[data-rank="${row}"] [data-column="1"]`).textContent()).toBe(text)
    }
    // The token is in no address once the page is there.
    expect(page.url()).not.toContain('token')
    for (let row = 0; row < 12; row++) {
      await page.locator(`[data-rank="${row}"] .cell`).nth(1).click()
      await page.getByRole('heading', { name: `Row ${row}`, exact: true }).waitFor()
      await page.locator('.made').first().waitFor()
    }
    await page.locator('[data-rank="7"] .cell').nth(1).click()
    await page.locator('.panel .mark', { hasText: '202E' }).first().waitFor()
    const elements = 'script:not([src]), img, iframe, svg, style, link[href^="http"], a[href^="javascript"]'
    expect(await page.locator(elements).count()).toBe(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(said).toEqual([])
  })

  test('is walked by keys alone: rows, a row with its prompt, a condition, a search, an order, screens', async ({
    skip,
  }) => {
    if (browser === undefined) return skip('there is no browser here')
    const { page, said } = await opened((await served()).url)
    const keys = async (...pressed: string[]) => {
      for (const key of pressed) await page.keyboard.press(key)
    }
    await keys('j', 'j', 'ArrowDown', 'k')
    await expect.poll(() => selected(page)).toBe('2')
    await keys('Enter')
    await page.getByRole('heading', { name: 'Row 2' }).waitFor()
    await keys('p')
    await expect
      .poll(() => page.locator('details[data-kind="prompt"][open] pre').allTextContents())
      .toEqual([expect.stringMatching(/^Tell about [abc] \(/)])
    await keys('j')
    await page.getByRole('heading', { name: 'Row 3' }).waitFor()
    await keys('Escape', 'f')
    await page.keyboard.type("text LIKE '%iframe%'")
    await keys('Enter')
    await page.getByText('1 of 12', { exact: true }).waitFor()
    await keys('f', 'ControlOrMeta+a')
    await page.keyboard.type('no such column')
    await keys('Enter')
    await page.getByRole('alert').getByText('cannot be used').waitFor()
    await keys('f', 'ControlOrMeta+a', 'Delete', 'Escape', '/')
    await page.keyboard.type('onerror')
    await keys('Enter')
    await page.getByText('1 of 12', { exact: true }).waitFor()
    await keys('/', 'ControlOrMeta+a', 'Delete', 'Enter')
    await page.getByText('12 rows', { exact: true }).waitFor()
    await keys('s')
    await page.locator('[aria-sort="ascending"]').waitFor()
    for (const [key, text] of [
      ['2', 'What happened'],
      ['3', 'bad_request'],
      ['4', 'distinct'],
      ['5', 'Config, as it is stored'],
    ] as const) {
      await keys(key)
      await page.locator('main.screen', { hasText: text }).waitFor()
    }
    await keys('1', '?')
    await page.getByRole('dialog').waitFor()
    await keys('Escape', 'End')
    expect(said.filter((line) => !line.includes('400 (Bad Request)'))).toEqual([])
  })

  test('has no finding of axe on any screen, light and dark', async ({ skip }) => {
    if (browser === undefined) return skip('there is no browser here')
    // The policy of the page keeps axe out, too.
    const { page } = await opened((await served()).url, { bypassCSP: true })
    await page.addScriptTag({ content: axe.source })
    const findings = async (): Promise<unknown> => {
      const found: unknown[] = []
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        found.push(await page.evaluate('axe.run().then(({ violations }) => violations)'))
      }
      return found.flat()
    }
    await page.keyboard.press('Enter')
    await page.locator('.made').first().waitFor()
    await page.keyboard.press('p')
    expect(await findings(), 'rows').toEqual([])
    for (const key of ['2', '3', '4', '5']) {
      await page.keyboard.press(key)
      await page.locator('main.screen :is(h2, caption, .empty)').first().waitFor()
      expect(await findings(), `screen ${key}`).toEqual([])
    }
  })
})
