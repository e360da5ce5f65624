/**
 * What the grammars of C and C++ have no words for, and what stands for it. A macro is not looked into.
 */
import { type Restating, restated } from './restate.ts'

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
  [/(?<!\bfor\s*\([^;()]*);(?=\s*;)/g, ''],
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
  const kept = compiledLines(code)
  return restated(kept, restatings, quoted)
}

const directive = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*(.*)$/

/** A name is defined if the text defines it, and a condition true if it says so plainly: enough to tell one branch that can be compiled. */
function compiledLines(code: string): string {
  if (!/^\s*#\s*if/m.test(code)) return code
  const isDefined = (name: string): boolean => new RegExp(`^\\s*#\\s*define\\s+${name}\\b`, 'm').test(code)
  const holds = (word: string, condition: string): boolean => {
    const [name = ''] = /\w+/.exec(condition) ?? []
    if (word === 'ifdef') return isDefined(name)
    return word === 'ifndef' ? !isDefined(name) : /^(?:!\s*defined|[1-9])/.test(condition)
  }
  /** Of each open conditional: whether this branch is compiled, and whether one was. */
  const open: { isOn: boolean; wasOn: boolean }[] = []
  const lines = code.split('\n').map((line) => {
    const [, word, condition = ''] = directive.exec(line) ?? []
    const inner = open.at(-1)
    if (word === undefined) return open.every(({ isOn }) => isOn) ? line : ''
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
