/** Names of a seed's columns: no two alike, upper and lower case apart, as DuckDB and Data Designer have them. */

/** Names as DuckDB gives them: `a`, `a_1`; `column4` for the fifth when it has none. Upper and lower case are one. */
export function distinctNames(fields: readonly string[]): string[] {
  const counts = new Map<string, number>()
  const taken = new Set<string>()
  return fields.map((field, index) => {
    const name = field === '' ? `column${index}` : field
    let count = counts.get(name.toLowerCase()) ?? 0
    let given = count === 0 ? name : `${name}_${count}`
    while (taken.has(given.toLowerCase())) given = `${name}_${++count}`
    counts.set(name.toLowerCase(), count + 1)
    taken.add(given.toLowerCase())
    return given
  })
}

/** What is said of names that are not the file's own. */
export function renamings(given: readonly string[], names = distinctNames(given)): string[] {
  return given.flatMap((name, index) => {
    if (name === names[index]) return []
    const other = given.slice(0, index).find((each) => each.toLowerCase() === name.toLowerCase())
    const what =
      name === ''
        ? `column ${index + 1} has no name`
        : `the name ${JSON.stringify(name)} is taken by ${JSON.stringify(other ?? name)}`
    return [`${what}: the column is called ${JSON.stringify(names[index])}`]
  })
}
