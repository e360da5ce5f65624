/**
 * Columns of images, sound and video in an export, as `datasets` of Hugging Face has them: `{bytes, path}` in the rows, and the kind
 * of each column in the footer of the file.
 *
 * Rules:
 *   1. A cell holds a path of the dataset (an image column), base64, a data address, `{bytes, path}`, a list of these, or nothing.
 *   2. Only files inside of the dataset's folder are read.
 *   3. What is no medium by its bytes, or of another kind than those before it in its column, is `export_unfit`: nothing is written.
 */
import { basename, relative, resolve, sep } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { base64Bytes, readDataAddress } from '../../base/text/data-address.ts'
import { type MediaType, mediaTypeOf } from '../../base/text/media-type.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, memberOf, objectOf, type Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { readIfThere } from '../../disk/storage-error.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import type { DatasetColumn } from '../rows/columns.ts'

const medium: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'bytes', type: { kind: 'string' } },
    { name: 'path', type: { kind: 'string' } },
  ],
}

const featureNames = { image: 'Image', audio: 'Audio', video: 'Video' } as const

/** Rows at once: each may hold megabytes. */
const sliceRows = 50

export class MediaColumns {
  readonly #disk: Disk
  readonly #directory: string
  readonly #columns: ReadonlyMap<string, ColumnType>
  readonly #kinds = new Map<string, MediaType['kind']>()

  /** @param columns those of the export that hold media */
  constructor(disk: Disk, directory: string, columns: readonly DatasetColumn[]) {
    this.#disk = disk
    this.#directory = resolve(directory)
    this.#columns = new Map(
      columns.map(({ name, type }) => [
        name,
        type.kind === 'list' ? { kind: 'list', element: medium } : medium,
      ]),
    )
  }

  get names(): readonly string[] {
    return [...this.#columns.keys()]
  }

  /** The columns of a file that holds them so. */
  typed(columns: readonly DatasetColumn[]): readonly DatasetColumn[] {
    return columns.map(({ name, type }) => ({ name, type: this.#columns.get(name) ?? type }))
  }

  /** @throws RowsmithError export_unfit by rule 3, or a storage error */
  async *rows(slices: AsyncIterable<readonly Row[]>): AsyncGenerator<Row[], void, undefined> {
    for await (const slice of slices)
      for (let start = 0; start < slice.length; start += sliceRows) {
        const rows: Row[] = []
        for (const row of slice.slice(start, start + sliceRows)) rows.push(await this.#row(row))
        yield rows
      }
  }

  /** What the footer says of the columns; of one without a medium, that it is of images. */
  footer(): Readonly<Record<string, string>> {
    const features = Object.fromEntries(
      [...this.#columns].map(([name, { kind }]) => {
        const feature = { _type: featureNames[this.#kinds.get(name) ?? 'image'] }
        return [name, kind === 'list' ? { feature, _type: 'List' } : feature]
      }),
    )
    return { huggingface: JSON.stringify({ info: { features } }) }
  }

  async #row(row: Row): Promise<Row> {
    const members: [string, Value][] = []
    for (const [name, value] of Object.entries(row))
      members.push([name, this.#columns.has(name) ? await this.#cell(name, value) : value])
    return objectOf(members)
  }

  async #cell(column: string, value: Value): Promise<Value> {
    if (this.#columns.get(column)?.kind !== 'list' || !Array.isArray(value))
      return this.#medium(column, value)
    const media: Value[] = []
    for (const item of value) media.push(await this.#medium(column, item))
    return media
  }

  async #medium(column: string, value: Value): Promise<Value> {
    const given = isValueObject(value) ? (memberOf(value, 'bytes') ?? memberOf(value, 'path')) : value
    if (given === null || given === undefined || given === '') return null
    const named = isValueObject(value) ? memberOf(value, 'path') : given
    const found = typeof given === 'string' ? await this.#bytes(given) : undefined
    const type = found && mediaTypeOf(found)
    if (found === undefined || type === undefined) throw unfit(column, 'holds something that is no medium')
    const kind = this.#kinds.get(column) ?? type.kind
    if (kind !== type.kind) throw unfit(column, `holds ${kind} and ${type.kind}`)
    this.#kinds.set(column, kind)
    const path = typeof named === 'string' && (named !== given || isPath(named)) ? basename(named) : null
    return { bytes: found.toString('base64'), path }
  }

  async #bytes(text: string): Promise<Buffer | undefined> {
    const here = readDataAddress(text)?.bytes ?? base64Bytes(text)
    if (here !== undefined && mediaTypeOf(here) !== undefined) return here
    const path = resolve(this.#directory, text)
    const inside = relative(this.#directory, path)
    if (inside.startsWith(`..${sep}`) || inside === '..' || resolve(inside) === inside) return undefined
    const bytes = await readIfThere(this.#disk, path)
    return bytes && Buffer.from(bytes)
  }
}

/** Whether a text that is a medium is the name of one, and not the medium itself. */
function isPath(text: string): boolean {
  return /^[^:;,]{1,255}\.\w{2,5}$/.test(text)
}

function unfit(column: string, what: string): RowsmithError {
  return new RowsmithError('export_unfit', `Column "${column}" ${what}.`, {
    facts: { column },
    nextStep: 'Name only columns of images, sound or video with --media.',
  })
}
