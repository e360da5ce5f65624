/**
 * What the grammars of C and C++ have no words for, and what stands for it. A macro is not looked into.
 */
import { type Restating, restated } from '../common/restate.ts'

/** Strings, characters, and comments; between the digits of a number a quote is none. */
const quoted =
  /R"([^\s()\\"]{0,16})\([\s\S]*?\)\1"|"(?:[^"\\\n]|\\[\s\S])*"|(?<![\da-fA-F])'(?:[^'\\\n]|\\[\s\S])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

const path = String.raw`(?:\w+::)*\w+`

const restatings: readonly Restating[] = [
  [/\b(?:_Thread_local|thread_local|_Atomic(?!\s*\())\b/g, ''],
  // A field without a name, of some bits; one with bits and a value.
  [/([;,{]\s*|\b(?:unsigned|signed|int|char|short|long|bool|_Bool|u?int\d+_t)\s*):\s*\d+(?=\s*[;,])/g, '$1_'],
  [/(\b\w+\s*):\s*\d+(?=\s*(?:=|\{)[^;{}]*[;}])/g, '$1'],
  // A declaration too much between members.
  [/(?<=\b(?:struct|union|class)\b[^{}();]*\{[^{}]*;\s*);/g, ''],
  // A directive without a word.
  [/^[ \t]*#[ \t]*$/gm, ''],
  [/\b(?:extern\s+)?template\s+(?:class|struct)\s+[^;{}()]+;/g, ''],
  [
    new RegExp(
      String.raw`(\busing\s+(?:typename\s+)?${path}(?:<[^;<>]*>)?(?:::[^;,]+)?)\s*\.\.\.(?=\s*;)`,
      'g',
    ),
    '$1',
  ],
  [new RegExp(String.raw`(\busing\s+${path})(?:\s*,\s*${path})+(?=\s*;)`, 'g'), '$1'],
]

/** C or C++ in words that its grammar has, without what a preprocessor would leave out. */
export function restatedC(code: string): string {
  const stored = compiledLines(code)
  return restated(stored, restatings, quoted)
}

const directive = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*(.*)$/

/** What compilers of Unix define, which most code is written for. */
const definedAlways = ['__linux__', '__unix__', '__GNUC__', '__STDC__', '__x86_64__']

/** A name is defined if the text did so before, and a condition true if it says so plainly: enough to find one branch that is compiled. */
function compiledLines(code: string): string {
  if (!/^\s*#\s*if/m.test(code)) return code
  const defined = new Set(definedAlways)
  const holds = (word: string, condition: string): boolean => {
    const [, not, name = ''] = /^(!?)\s*(?:defined\b\W*)?(\w+)/.exec(condition) ?? []
    if (word === 'if' && !condition.includes('defined')) return /^[1-9]/.test(condition)
    return defined.has(name) !== (word === 'ifndef' || not === '!')
  }
  /** Of each open conditional: whether this branch is compiled, and whether one was. */
  const open: { isOn: boolean; wasOn: boolean }[] = []
  const lines = code.split('\n').map((line) => {
    const [, word, condition = ''] = directive.exec(line) ?? []
    const inner = open.at(-1)
    if (word === undefined) {
      if (!open.every(({ isOn }) => isOn)) return ''
      const [, name] = /^\s*#\s*define\s+(\w+)/.exec(line) ?? []
      if (name !== undefined) defined.add(name)
      return line
    }
    if (word.startsWith('if')) {
      const isOn = holds(word, condition)
      open.push({ isOn, wasOn: isOn })
    } else if (word === 'endif') open.pop()
    else if (inner !== undefined) {
      inner.isOn = !inner.wasOn && (word === 'else' || holds('if', condition))
      inner.wasOn ||= inner.isOn
    }
    return ''
  })
  return open.length === 0 ? lines.join('\n') : code
}
