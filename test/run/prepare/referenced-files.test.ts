import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { referencedFiles } from '../../../src/run/prepare/referenced-files.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { artifactFolder } from '../../support/small-runs.ts'

const folder = artifactFolder()
const png = Buffer.from('\x89PNG\r\n\x1a\nand more', 'latin1')

/** A dataset and the folder of its config, each with a picture; and a picture and a secret beside them. */
function files() {
  const [dataset, config] = [join(folder.path, 'set'), join(folder.path, 'config')]
  for (const place of [join(dataset, 'images'), config]) mkdirSync(place, { recursive: true })
  writeFileSync(join(dataset, 'images/a.png'), png)
  writeFileSync(join(config, 'b.png'), png)
  writeFileSync(join(config, '.env'), 'KEY=secret')
  writeFileSync(join(folder.path, 'c.png'), png)
  return referencedFiles(new DatasetDirectory(nodeDisk, dataset), config)
}

describe('a file that a row names', () => {
  it('is read below the dataset, or below the folder of its config', async () => {
    const named = files()
    expect(Buffer.from(await named.read('images/a.png'))).toEqual(png)
    expect(Buffer.from(await named.read('b.png'))).toEqual(png)
    expect(Buffer.from(await named.read(join(folder.path, 'config', 'b.png')))).toEqual(png)
    expect(Buffer.from(await named.read('images/../images/a.png'))).toEqual(png)
  })

  it.each([
    ['../c.png', 'is not below'],
    ['images/../../c.png', 'is not below'],
    ['/etc/passwd', 'is not below'],
    ['images', 'is not below'],
    ['..', 'is not below'],
    ['a.png\0', 'is not below'],
    [`${'a'.repeat(5000)}.png`, 'is not below'],
    ['gone.png', 'is not below'],
    ['.env', 'is no image, sound or video'],
  ])('%s is never read', async (path, why) => {
    const reading = files().read(path)
    await expect(reading).rejects.toMatchObject({ code: 'media_unusable' })
    await expect(reading).rejects.toThrow(why)
  })

  it('is read through a symbolic link that stays below one of the two, and through no other', async () => {
    const named = files()
    const [dataset, config] = [join(folder.path, 'set'), join(folder.path, 'config')]
    mkdirSync(join(folder.path, 'elsewhere'))
    writeFileSync(join(folder.path, 'elsewhere/d.png'), png)
    symlinkSync(join(config, 'b.png'), join(dataset, 'images/b.png'))
    symlinkSync('../c.png', join(config, 'out.png'))
    symlinkSync(join(folder.path, 'elsewhere'), join(config, 'folder'))
    symlinkSync('loop.png', join(config, 'loop.png'))
    expect(Buffer.from(await named.read('images/b.png'))).toEqual(png)
    for (const path of ['out.png', 'folder/d.png', 'loop.png', join(config, 'folder/d.png')]) {
      await expect(named.read(path)).rejects.toMatchObject({ code: 'media_unusable' })
    }
  })

  it('is read where the folder of the config is itself reached by a link', async () => {
    files()
    symlinkSync(join(folder.path, 'config'), join(folder.path, 'alias'))
    const named = referencedFiles(
      new DatasetDirectory(nodeDisk, join(folder.path, 'set')),
      join(folder.path, 'alias'),
    )
    expect(Buffer.from(await named.read('b.png'))).toEqual(png)
  })

  it('is not read when it lies beside them, however it is named', async () => {
    await expect(files().read(join(folder.path, 'c.png'))).rejects.toMatchObject({ code: 'media_unusable' })
  })
})
