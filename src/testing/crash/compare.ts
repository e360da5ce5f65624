/** What two runs are compared by. */
/** How two sets of files differ, file by file. */
export function differentFiles(
  should: ReadonlyMap<string, Uint8Array>,
  found: ReadonlyMap<string, Uint8Array>,
): string[] {
  const differences: string[] = []
  for (const [path, bytes] of should) {
    const other = found.get(path)
    if (other === undefined) differences.push(`${path} is missing`)
    else if (Buffer.compare(bytes, other) !== 0)
      differences.push(`${path} differs from the uninterrupted run's`)
  }
  for (const path of found.keys()) if (!should.has(path)) differences.push(`${path} is too many`)
  return differences
}

export function rowOf(key: string): string {
  return key.split('/')[0] ?? ''
}

export function columnOf(key: string): string {
  return key.split('/')[1] ?? ''
}
