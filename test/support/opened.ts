import { onTestFinished } from 'vitest'

/** What a test has opened; closed when the test is over, the last one first. */
export async function opened<Opened extends { close(): Promise<unknown> }>(
  opening: Promise<Opened> | Opened,
): Promise<Opened> {
  const it = await opening
  onTestFinished(async () => void (await it.close()))
  return it
}
