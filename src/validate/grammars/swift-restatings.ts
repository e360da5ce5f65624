/**
 * What the grammar of Swift has no words for, and what stands for it. Almost all of it begins with `#`.
 *
 * Every character keeps its line and column. A `#` in a string or a comment may be replaced as well: it stays one.
 */

const condition = String.raw`(?:[\s!(]*\w+(?:\s*\([^()\n]*\))?[\s)]*(?:(?:&&|\|\|)(?=\s*[\w!(]))?)+`
const version = String.raw`(?:iOS|iPadOS|macOS|macCatalyst|tvOS|watchOS|visionOS|swift|\w+ApplicationExtension)\s+[\d.]+`

const restatings: readonly (readonly [
  shape: RegExp,
  words: (text: string, ...groups: string[]) => string,
])[] = [
  // Raw strings: of several lines, of one, and patterns.
  [
    /(#+)"""\n([\s\S]*?\n[ \t]*)"""\1/g,
    (_, hashes: string, inner: string) =>
      `${' '.repeat(hashes.length)}"""\n${inner.replaceAll(/[^\n]/g, ' ')}"""`,
  ],
  [/(#+)"(?:(?!"\1)[^\n])*"\1/g, (text) => `"${'x'.repeat(text.length - 2)}"`],
  [/(#+)\/(?:(?!\/\1)[^\n])+\/\1/g, (text) => `"${'x'.repeat(text.length - 2)}"`],
  [
    new RegExp(String.raw`#(?:un)?available\s*\(\s*${version}(?:\s*,\s*${version})*(?:\s*,\s*\*)?\s*\)`, 'g'),
    (text) => 'true'.padEnd(text.length),
  ],
  // An attribute with nothing in its brackets, which are those of a function's type before an arrow.
  [
    /(@[\w.]+)(\(\s*\))(?!\s*(?:->|async\b|throws\b))/g,
    (_, name: string, brackets: string) => name + brackets.replaceAll(/[^\n]/g, ' '),
  ],
  // The type of what is thrown.
  [/\bthrows\s*\(\s*(?:any\s+)?[\w.<>]+\s*\)/g, (text) => 'throws'.padEnd(text.length)],
  [/\b(for\b[^\n{]*\bin\s+)try\b/g, (_, before) => `${before}   `],
  // A comparison that goes on in the next line.
  [/^([ \t]*)[<>](?=[ \t])/gm, (_, before) => `${before}+`],
  // Nothing, as a value or a type.
  [
    /(?<=[(,:=[]\s*|\breturn\s+)\(\s*\)(?!\s*(?:->|\{|async\b|throws\b))/g,
    (text) => `a${text.slice(1, -1)} `,
  ],
  [/(?<!\bfor\s+)\b(try[?!]?\s+)await\b/g, (_, before) => `${before}     `],
  // How a value is handed over.
  [
    /(?<=[:>]\s*|\b(?:consuming|borrowing|inout)\s+)sending\b(?=\s+[@A-Za-z_(])/g,
    (text) => ' '.repeat(text.length),
  ],
  [/(?<=[=(,:]\s*|\breturn\s+)(?:consume|copy)(?=[ \t]+[a-z_])/g, (text) => ' '.repeat(text.length)],
  [/#(?:warning|error)\s*\("(?:[^"\\\n]|\\.)*"\)/g, (text) => ' '.repeat(text.length)],
  // Blanks before the end of a statement.
  [/([ \t]+);/g, (_, blanks) => `;${blanks}`],
  // What these stand before is no declaration of its own: values, calls, and macros, which may have a closure.
  [/#(?!(?:un)?available\b|(?:if|elseif|else|endif)\b)(?=[A-Za-z_])/g, () => ' '],
]

/** Swift in words that its grammar has; every branch of `#if` has to be Swift, so all of them stay. */
export function restatedSwift(code: string): string {
  let made = withoutConditions(code)
  for (const [shape, words] of restatings) made = made.replaceAll(shape, words)
  return made
}

const directive = new RegExp(
  String.raw`^[ \t]*#(?:(if|elseif)\b${condition}|(else|endif)\b[ \t]*)(?:\/\/[^\n]*)?$`,
)

/** Without lines of `#if` and the like, where they belong together; else with them. */
function withoutConditions(code: string): string {
  let open = 0
  let isWhole = true
  const lines = code.split('\n').map((line) => {
    const [, begins, ends] = directive.exec(line) ?? []
    const word = begins ?? ends
    if (word === undefined) return line
    if (word === 'if') open++
    else if (open === 0) isWhole = false
    if (word === 'endif') open--
    return ''
  })
  return isWhole && open === 0 ? lines.join('\n') : code
}
