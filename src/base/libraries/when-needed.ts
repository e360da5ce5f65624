/**
 * Packages that take tens of milliseconds to load and that most commands never use: loaded at the first use.
 *
 * Their types are imported where they are used, and cost nothing. A module that can wait uses `import()` instead.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/** HTTP; a run on the simulator sends no request. */
export const undici = (): typeof import('undici') => load('undici')

/** JSON Schema 2020-12. */
export const ajv = (): typeof import('ajv/dist/2020.js') => load('ajv/dist/2020.js')

/** Headers of images. */
export const imageSize = (): typeof import('image-size') => load('image-size')

/** The writer of Parquet; files of a run are written by a worker. */
export const parquetWriter = (): typeof import('hyparquet-writer') => load('hyparquet-writer')

/** Terminal cells a text takes that is not ASCII. */
export const stringWidth = (): typeof import('string-width').default => load('string-width').default

/** Lines that are too long for a terminal. */
export const wrapAnsi = (): typeof import('wrap-ansi').default => load('wrap-ansi').default
