/** Code above the store that knows where files of a dataset lie, for `npm run structure` and the test that allows none. */

/** A layout, or a path made of one; a disk that is passed on with it. */
const knowsPaths =
  /\.layout\b|\{[^{}]*\blayout\b[^{}]*\} = |\bdatasetLayout\b|\bDatasetLayout\b|irectory\.file\(|\bdisk, (?:\w+\.)*layout\b/

/** @param path of a source, below src @returns its lines that know a path */
export function linesWithPaths(path: string, text: string): string[] {
  if (/^(store|disk|testing)\//.test(path)) return []
  return text.split('\n').filter((line) => knowsPaths.test(line) && !line.startsWith('import '))
}
