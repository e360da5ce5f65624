/** Folders as seeds: a row per file, with or without what is in it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSeed, seedFolder } from '../opened.ts'

const folder = seedFolder()
const read = (source: object) => readSeed(source, { folders: [folder.path] })
const directory = (more: object = {}) => read({ seed_type: 'directory', path: 'docs', ...more })
const contents = (more: object = {}) => read({ seed_type: 'file_contents', path: 'docs', ...more })

function someFiles(): void {
  folder.write('docs/b.md', 'second\n')
  folder.write('docs/a.md', 'first\n')
  folder.write('docs/deep/er/c.md', 'third\n')
  folder.write('docs/deep/d.txt', 'text\n')
}

describe('a directory', () => {
  it('gives a row per file with its place, in the order of paths', async () => {
    someFiles()
    const { rows, types } = await directory()
    expect(types).toEqual([
      'source_kind string',
      'source_path string',
      'relative_path string',
      'file_name string',
    ])
    expect(rows.map((row) => row.relative_path)).toEqual(['a.md', 'b.md', 'deep/d.txt', 'deep/er/c.md'])
    expect(rows[3]).toEqual({
      source_kind: 'directory_file',
      source_path: join(folder.path, 'docs', 'deep', 'er', 'c.md'),
      relative_path: 'deep/er/c.md',
      file_name: 'c.md',
    })
  })

  it('can be taken without the folders below it, and by the names of files', async () => {
    someFiles()
    const names = async (more: object) => (await directory(more)).rows.map((row) => row.relative_path)
    expect(await names({ recursive: false })).toEqual(['a.md', 'b.md'])
    expect(await names({ file_pattern: '[bc].md' })).toEqual(['b.md', 'deep/er/c.md'])
    expect(await names({ file_pattern: '*.txt' })).toEqual(['deep/d.txt'])
  })

  it('never reads what a link leads out to, and follows no link to a folder', async () => {
    someFiles()
    const outside = mkdtempSync(join(tmpdir(), 'rowsmith-outside-'))
    try {
      symlinkSync(outside, join(folder.path, 'docs', 'folder'))
      symlinkSync('/etc/hostname', join(folder.path, 'docs', 'secret'))
      symlinkSync('..', join(folder.path, 'docs', 'deep', 'up'))
      symlinkSync('nowhere', join(folder.path, 'docs', 'broken'))
      symlinkSync('a.md', join(folder.path, 'docs', 'inside.md'))
      const { rows } = await directory()
      expect(rows.map((row) => row.relative_path)).toEqual([
        'a.md',
        'b.md',
        'deep/d.txt',
        'deep/er/c.md',
        'inside.md',
      ])
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('is the same wherever it lies, and another when a file is added', async () => {
    someFiles()
    const before = (await directory()).contents
    renameSync(join(folder.path, 'docs'), join(folder.path, 'moved'))
    expect((await directory({ path: 'moved' })).contents).toBe(before)
    folder.write('moved/e.md', '')
    expect((await directory({ path: 'moved' })).contents).not.toBe(before)
  })

  it('that is missing, or has no such file, is named with how it was looked for', async () => {
    await expect(directory()).rejects.toMatchObject({
      code: 'seed_not_found',
      message: `There is no folder docs for the seed dataset: looked in ${folder.path}`,
    })
    mkdirSync(join(folder.path, 'docs'))
    const path = join(folder.path, 'docs')
    await expect(directory({ file_pattern: '*.md' })).rejects.toMatchObject({
      code: 'seed_not_found',
      message: `The folder ${path} has no file like "*.md": looked in it and the folders below it`,
    })
    await expect(directory({ recursive: false })).rejects.toThrow(/folders below it not counted/)
  })
})

describe('the contents of files', () => {
  it('stand beside their places', async () => {
    someFiles()
    const { rows, types } = await contents({ file_pattern: '*.md' })
    expect(types.at(-1)).toBe('content string')
    expect(rows.map((row) => [row.source_kind, row.content])).toEqual([
      ['file_contents', 'first\n'],
      ['file_contents', 'second\n'],
      ['file_contents', 'third\n'],
    ])
  })

  it.each<[string, Uint8Array, string]>([
    ['utf-8', Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xa9), '\ufeffé'],
    ['utf_8_sig', Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xa9), 'é'],
    ['latin-1', Uint8Array.of(0xe9, 0x80), 'é\u0080'],
    ['cp1252', Uint8Array.of(0xe9, 0x80), 'é€'],
    ['UTF-16', Uint8Array.of(0xfe, 0xff, 0x00, 0x41), 'A'],
    ['utf_16_le', Uint8Array.of(0x41, 0x00), 'A'],
    ['ascii', Uint8Array.of(0x41), 'A'],
    ['shift_jis', Uint8Array.of(0x82, 0xa0), 'あ'],
  ])('are read as %s', async (encoding, bytes, text) => {
    folder.write('docs/a.txt', bytes)
    expect((await contents({ encoding })).rows[0]!.content).toBe(text)
  })

  it('that are no text in the encoding are an error with file and line', async () => {
    const path = folder.write('docs/a.txt', Buffer.from('fine\nfine\nbad \xff\nfine', 'latin1'))
    await expect(contents()).rejects.toMatchObject({
      code: 'seed_unreadable',
      message: `The seed dataset cannot be used: ${path}:3 is not text in the encoding utf-8`,
    })
    await expect(contents({ encoding: 'ascii' })).rejects.toThrow(/a\.txt:3 /)
  })

  it('are asked for in an encoding that is known', async () => {
    await expect((async () => contents({ encoding: 'klingon' }))()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('seed_config.source.encoding: must be a known encoding'),
    })
  })

  it('are another seed when one is edited', async () => {
    someFiles()
    const before = (await contents()).contents
    folder.write('docs/deep/er/c.md', 'edited\n')
    expect((await contents()).contents).not.toBe(before)
  })
})
