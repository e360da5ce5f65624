/** Names of a config that become folders of the dataset. */
import type { Issue } from '../reading/issues.ts'
import { formatPath, type Path, type Reference } from '../reading/source.ts'
import { quote } from '../reading/suggest.ts'
import type { Config } from '../schema/schema.ts'

/** A name has to be a plain one on whatever file system the dataset may be copied to. */
export function folderIssues(name: string, path: Path): Issue[] {
  const plain = name !== '.' && name !== '..' && !notInNames.test(name) && Buffer.byteLength(name) <= 255
  if (plain && !deviceName.test(name)) return []
  return [{ path, what: `${quote(name)} is not a plain folder name`, code: 'path_escapes' }]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const notInNames = /[/\\\0-\x1f\x7f]/
/** Names that Windows keeps for devices. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Tables next to the dataset, in config order: each has a folder in `processors-files/`. */
function tableNames(config: Config): Reference[] {
  return config.processors.flatMap((processor, index): Reference[] => {
    const path = ['processors', index]
    if (processor.processor_type === 'schema_transform') {
      return [{ path: [...path, 'name'], name: processor.name }]
    }
    if (processor.processor_type !== 'sql') return []
    return Object.keys(processor.outputs).map((name) => ({ path: [...path, 'outputs', name], name }))
  })
}

/** A table whose folder is that of an earlier one, also where file systems do not distinguish upper and lower case. */
export function sameFolderIssues(config: Config, { path, name }: Reference): Issue[] {
  const place = formatPath(path)
  for (const other of tableNames(config)) {
    const found = formatPath(other.path)
    if (found === place) return []
    if (folded(other.name) !== folded(name)) continue
    const isTransform = path.at(-1) === 'name' && other.path.at(-1) === 'name'
    // Equal names of processors are duplicates, which reading has refused.
    if (isTransform && other.name === name) return []
    const where = isTransform ? formatPath(other.path.slice(0, -1)) : found
    const what =
      other.name === name
        ? `${quote(name)} is ${where} already, and names a folder`
        : `${quote(name)} differs from ${where} by no more than case, and names a folder`
    return [{ path, what }]
  }
  return []
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
