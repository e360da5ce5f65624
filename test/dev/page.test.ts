/** The page of `rowsmith dev` in a real browser: a config is edited on disk, and its rows change. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadConfigAgain } from '../../src/api/load.ts'
import { type DevServer, startDev } from '../../src/dev/server.ts'
import { answer } from '../support/scripted-transport.ts'
import { artifactFolder, quick } from '../support/small-runs.ts'
import { launchBrowser } from '../view/browser.ts'

const folder = artifactFolder()
let browser: Browser | undefined
let server: DevServer | undefined
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close()
  await server?.close()
  server = undefined
})

const first = `
model_configs: [{ alias: writer, provider: simulator, model: m }]
columns:
  - { name: topic, column_type: sampler, sampler_type: category, params: { values: [sea, sky] } }
  - { name: review, column_type: llm-text, model_alias: writer, prompt: "Two long sentences on {{ topic }}" }
  - { name: verdict, column_type: llm-text, model_alias: writer, prompt: "Judge {{ review }}" }
`

describe('the page of dev', () => {
  test('shows each save beside the one before, an error with the last good rows, and takes no value for markup', async ({
    skip,
  }) => {
    if (browser === undefined) return skip('there is no browser here')
    const path = join(folder.path, 'c.yaml')
    const edit = (before: string, after: string): void =>
      writeFileSync(path, readFileSync(path, 'utf8').replace(before, after))
    writeFileSync(path, first)
    let release = (): void => {}
    let held: Promise<void> | undefined
    const { asked, components } = quick(async ({ prompt }) => {
      if (prompt.startsWith('Rate')) await held
      return answer(
        prompt.startsWith('Two')
          ? `the calm ${prompt.slice(-3)} is very wide <b onclick="window.hacked=1">`
          : `${prompt.slice(0, 4)} ok`,
      )
    })
    server = await startDev(
      {
        path,
        load: async () => ({ config: await loadConfigAgain(path, []), options: { graceMs: 1_000_000 } }),
        place: { artifactPath: join(folder.path, 'artifacts'), datasetName: 'dataset' },
        files: [],
        isCode: false,
        rows: 2,
        maxCost: null,
        yes: false,
        command: 'rowsmith create c.yaml -n 1000',
      },
      0,
      components,
    )
    const context = await browser.newContext({ bypassCSP: true })
    const page = await context.newPage()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    await page.goto(server.url)
    const save = (n: number, state: string) =>
      page.locator(`.save[data-state="${state}"]`, { hasText: `Save ${n}` })
    await save(1, 'complete').waitFor()
    await page.locator('.side', { hasText: '<b onclick' }).first().waitFor()
    expect(page.url()).not.toContain('token')

    // Cells come in while others are awaited.
    held = new Promise((free) => (release = free))
    asked.length = 0
    edit('Judge', 'Rate')
    await save(2, 'requesting').waitFor()
    await page.locator('.shimmer').first().waitFor()
    expect(await page.locator('.pulse').textContent()).toContain('requesting')
    release()
    await save(2, 'complete').waitFor()
    await page.locator('.shimmer').first().waitFor({ state: 'detached' })
    expect(await page.locator('.edit').textContent()).toContain('verdict.prompt')
    expect(await page.locator('.edit ins').allTextContents()).toEqual(['Rate'])
    expect(await page.locator('.devrow:not(.context) .column').allTextContents()).toEqual([
      'verdicttext',
      'verdicttext',
    ])
    expect(await page.locator('.devrow .side').allTextContents()).toEqual([
      'Judg ok',
      'Rate ok',
      'Judg ok',
      'Rate ok',
    ])
    expect(asked).toHaveLength(2)

    edit('llm-text', 'llm-txt')
    await page.locator('.banner.bad', { hasText: 'c.yaml' }).waitFor()
    expect(await page.locator('.devrow .side').count()).toBe(4)
    edit('llm-txt', 'llm-text')
    await page.locator('.banner.bad').waitFor({ state: 'hidden' })

    await page.keyboard.press('[')
    await page.locator('.strip strong', { hasText: 'Save 1' }).waitFor()
    await page.keyboard.press(']')
    await page.locator('.rownumber').first().click()
    await page.keyboard.press('p')
    await page.locator('details[data-kind="prompt"][open] pre', { hasText: 'Rate' }).waitFor()
    expect(await page.locator('[onclick]').count()).toBe(0)
    await page.addScriptTag({ content: axe.source })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await page.evaluate('axe.run().then(({ violations }) => violations)'), colorScheme).toEqual([])
    }
    await page.keyboard.press('Escape')
    await page.locator('input[aria-label="Rows"]').fill('3')
    await page.locator('input[aria-label="Rows"]').press('Enter')
    await page.locator('.rownumber[data-row="2"]').waitFor()
    await page.getByRole('link', { name: 'All screens' }).click()
    await page.locator('.row.written').first().waitFor()
    expect(await page.locator('.row').count()).toBe(3)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(said).toEqual([])
  })
})
