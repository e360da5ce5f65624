/** A real browser for tests of pages: the one from npm on Linux, elsewhere an installed Chrome. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Undefined where there is no browser; CI, which has one, fails instead. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const args = ['--no-sandbox', '--disable-gpu']
  try {
    if (process.platform === 'linux' && process.arch === 'x64') {
      return await playwright.launch({ executablePath: await chromium.executablePath(), args })
    }
    return await playwright.launch({ channel: 'chrome' })
  } catch (error) {
    if (process.env.CI !== undefined) throw error
    console.warn(
      `No browser for the tests of pages: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
    )
    return undefined
  }
}
