/** Small programs, one per language an llm-code column can ask for: each is valid, and says what the dice say. */
import type { Dice } from '../requested/dice.ts'
import { label, prose } from '../requested/prose.ts'

/** The language of the code block that a prompt requests, in the words of Rowsmith or of Data Designer. */
export function requestedLanguage(prompt: string): string | undefined {
  if (!prompt.includes('code')) return undefined
  const [, fence, written] =
    /opens with ```([a-z]+) and closes|\bcode written in ([a-z]+)\b.*?\bcode (?:fence|block)/s.exec(prompt) ??
    []
  return fence ?? written
}

/** @param language the base language, as it stands behind a fence; of one that is not known a comment */
export function program(language: string, dice: Dice): string {
  const text = prose(6, dice).replaceAll(/[^\w ]/g, '')
  const name = identifier(label(2, dice))
  const number = 2 + dice.below(90)
  return (programs[language] ?? (() => `# ${text}`))({ name, text, number })
}

interface Words {
  readonly name: string
  readonly text: string
  readonly number: number
}

function identifier(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return plain === '' ? 'item' : `${plain}_item`
}

const programs: Readonly<Record<string, (words: Words) => string>> = {
  python: ({ name, text, number }) =>
    `def ${name}(count: int) -> str:\n    """${text}."""\n    return "${text}" if count > ${number} else str(count)\n`,
  javascript: ({ name, text, number }) =>
    `export function ${name}(count) {\n  return count > ${number} ? "${text}" : String(count);\n}\n`,
  typescript: ({ name, text, number }) =>
    `export function ${name}(count: number): string {\n  return count > ${number} ? "${text}" : String(count);\n}\n`,
  sql: ({ name, number }) => `SELECT id, title\nFROM ${name}\nWHERE amount > ${number}\nORDER BY id;\n`,
  bash: ({ text, number }) => `count="$1"\nif [ "$count" -gt ${number} ]; then\n  echo "${text}"\nfi\n`,
  c: ({ text, number }) =>
    `#include <stdio.h>\n\nint main(void) {\n  printf("%d ${text}\\n", ${number});\n  return 0;\n}\n`,
  cpp: ({ text, number }) =>
    `#include <iostream>\n\nint main() {\n  std::cout << ${number} << " ${text}" << std::endl;\n  return 0;\n}\n`,
  csharp: ({ text, number }) =>
    `using System;\n\nclass Program\n{\n    static void Main()\n    {\n        Console.WriteLine("${number} ${text}");\n    }\n}\n`,
  java: ({ text, number }) =>
    `public class Main {\n  public static void main(String[] args) {\n    System.out.println("${number} ${text}");\n  }\n}\n`,
  go: ({ text, number }) =>
    `package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(${number}, "${text}")\n}\n`,
  rust: ({ text, number }) => `fn main() {\n    println!("{} ${text}", ${number});\n}\n`,
  ruby: ({ name, text, number }) => `def ${name}(count)\n  count > ${number} ? "${text}" : count.to_s\nend\n`,
  swift: ({ name, text, number }) =>
    `func ${name}(count: Int) -> String {\n    return count > ${number} ? "${text}" : String(count)\n}\n`,
  kotlin: ({ text, number }) => `fun main() {\n    println("${number} ${text}")\n}\n`,
  scala: ({ text, number }) =>
    `object Main {\n  def main(args: Array[String]): Unit = println("${number} ${text}")\n}\n`,
  cobol: ({ text }) =>
    `       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n       PROCEDURE DIVISION.\n           DISPLAY "${text.slice(0, 40)}".\n           STOP RUN.\n`,
}
