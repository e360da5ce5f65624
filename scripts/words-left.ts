/** Takes files that have no old word any more out of `test/architecture/words-left.txt`; with --all, writes the whole list. */
import { readFileSync, writeFileSync } from 'node:fs'
import { filesWithOldWords } from './shared/old-words.ts'

const path = 'test/architecture/words-left.txt'
const found = filesWithOldWords()
const listed = process.argv.includes('--all') ? [...found.keys()] : readFileSync(path, 'utf8').split('\n')
const left = listed.filter((file) => found.has(file))
writeFileSync(path, `${left.join('\n')}\n`)
process.stdout.write(`${left.length} files still have old words\n`)
