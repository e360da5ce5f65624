import { readText } from '../../models/answer/answer-text.ts'
import type { BuildColumn } from '../column/build.ts'
import { chatColumn } from './chat-column.ts'

/** A column a model writes: its answer, without white space around it. */
export const buildTextColumn: BuildColumn<'llm-text'> = (config, runConfig) =>
  chatColumn(config, runConfig, { type: { kind: 'string' }, read: readText, again: 'empty' })
