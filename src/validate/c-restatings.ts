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

/** C or C++ in words that its grammar has. */
export function restatedC(code: string): string {
  return restated(code, restatings, quoted)
}
