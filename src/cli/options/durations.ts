import { usageError } from './usage.ts'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Reads a duration as people write it: `500ms`, `30s`, `1.5m`, `1h`; `0` needs no unit.
 *
 * @returns milliseconds
 * @throws RowsmithError `usage`
 */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
  if (match === null) {
    if (text === '0') return 0
    throw usageError(`${option} takes a duration such as 500ms, 30s or 2m, not "${text}"`)
  }
  return Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs])
}

/** Writes milliseconds for people: `0.8s`, `42s`, `3m 5s`, `2h 10m`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}
