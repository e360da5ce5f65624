/**
 * Sessions of agents as seed rows: one file, one row.
 *
 * Rules:
 *   1. A file that is empty, or not what its format says, is passed over with a warning that names file and line; when no file
 *      is left, that is an error. One that cannot be read is always an error.
 *   2. Files are read one after the other; one is in memory at a time.
 */
import { dirname, join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { type FoundFile, findFiles } from '../files/found.ts'
import { decodeText } from '../files/text.ts'
import type { GeneratedRows } from '../table/table.ts'
import { readAtif } from './atif.ts'
import { isClaudeSession, readClaudeCode } from './claude-code.ts'
import { isCodexSession, readCodex } from './codex.ts'
import { isHermesSession, readHermes } from './hermes.ts'
import { readPi } from './pi.ts'
import { type Rollout, rolloutColumns, rolloutRow } from './rollout.ts'
import { malformed, type SessionFile, textOf } from './session-file.ts'

type Source = NonNullable<Config['seed_config']>['source']
export type RolloutSource = Extract<Source, { seed_type: 'agent_rollout' }>

interface Format {
  /** Where the agent keeps them; null when a path has to be given. */
  readonly folder: string | null
  readonly pattern: string
  readonly isSession?: (file: FoundFile) => boolean
  /** A file next to the sessions that says more of them. */
  readonly index?: string
  read(file: SessionFile, index: (session: string) => ValueObject | undefined): Rollout
}

const formats: { readonly [F in RolloutSource['format']]: Format } = {
  atif: { folder: null, pattern: '*.json', read: readAtif },
  claude_code: {
    folder: '~/.claude/projects',
    pattern: '*.jsonl',
    isSession: isClaudeSession,
    index: 'sessions-index.json',
    read: readClaudeCode,
  },
  codex: { folder: '~/.codex/sessions', pattern: '*.jsonl', isSession: isCodexSession, read: readCodex },
  hermes_agent: {
    folder: '~/.hermes/sessions',
    pattern: '*.json*',
    isSession: isHermesSession,
    index: 'sessions.json',
    read: readHermes,
  },
  pi_coding_agent: { folder: '~/.pi/agent/sessions', pattern: '*.jsonl', read: readPi },
}

/** The folder that is read: that of the config, or where the agent keeps its sessions. */
export function rolloutFolder({ path, format }: RolloutSource): string {
  const folder = path ?? formats[format].folder
  if (folder === null) throw new RangeError(`The format ${format} has no folder of its own`)
  return folder
}

/** @throws RowsmithError seed_not_found, io_error; while rows are read, seed_unreadable when no file can be used */
export async function rolloutRows(folder: string, source: RolloutSource): Promise<GeneratedRows> {
  const format = formats[source.format]
  const pattern = { file_pattern: source.file_pattern ?? format.pattern, recursive: source.recursive }
  const files = (await findFiles(folder, pattern)).filter((file) => format.isSession?.(file) ?? true)
  return {
    columns: rolloutColumns,
    places: ['source_path'],
    async *rows(warn) {
      const indexes = new Indexes(format.index)
      let used = 0
      let reason = 'it has no session'
      for (const file of files) {
        try {
          const text = decodeText(
            await wrapDiskError('read', file.path, () => nodeDisk.readFile(file.path)),
            'utf-8',
            file.path,
          )
          if (text.trim() === '') throw malformed(file, 'is empty')
          const index = await indexes.of(dirname(file.path))
          yield rolloutRow(source.format, file.path, format.read({ ...file, text }, index))
          used++
        } catch (error) {
          if (!RowsmithError.isInstance(error) || error.code !== 'seed_unreadable') throw error
          reason = error.message
          warn(`A file of the seed dataset is passed over: ${error.message}`)
        }
      }
      if (used > 0) return
      throw new RowsmithError(
        'seed_unreadable',
        `The seed dataset ${folder} cannot be used: no file in it is a session of ${source.format}; the last one: ${reason}`,
        { facts: { path: folder, files: files.length } },
      )
    },
  }
}

/** What the index files say, each read once. One that cannot be read says nothing: it only adds to what is known. */
class Indexes {
  readonly #name: string | undefined
  readonly #found = new Map<string, ReadonlyMap<string, ValueObject>>()

  constructor(name: string | undefined) {
    this.#name = name
  }

  async of(folder: string): Promise<(session: string) => ValueObject | undefined> {
    if (this.#name === undefined) return () => undefined
    let entries = this.#found.get(folder)
    if (entries === undefined) {
      entries = await readIndex(join(folder, this.#name))
      this.#found.set(folder, entries)
    }
    return (session) => entries.get(session)
  }
}

async function readIndex(path: string): Promise<ReadonlyMap<string, ValueObject>> {
  let contents: Value
  try {
    contents = parseJson(new TextDecoder().decode(await nodeDisk.readFile(path)))
  } catch {
    return new Map()
  }
  if (!isValueObject(contents)) return new Map()
  const entries = Array.isArray(contents.entries) ? (contents.entries as Value[]) : Object.values(contents)
  return new Map(
    entries.filter(isValueObject).flatMap((entry) => {
      const id = textOf(entry, 'sessionId') ?? textOf(entry, 'session_id')
      return id === null ? [] : [[id, entry]]
    }),
  )
}
