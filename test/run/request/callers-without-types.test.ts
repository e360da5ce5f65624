import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CreateOptions, create, validate } from '../../../src/index.ts'
import { artifactFolder, failureOf, smallConfig, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

/** What JavaScript without types may hand in; deliberately not what the signature says. */
const untyped = <T>(value: unknown): T => value as T

describe('a caller without types', () => {
  it.each([
    ['a resume mode that is none', { resume: 'sometimes' }, /resume must be one of if_possible.*sometimes/],
    ['a seed that is no whole number', { seed: 5.5 }, /seed must be a whole number/],
    ['a count that is a text', { numRecords: '5' }, /numRecords/],
  ])('gets a usage error for %s', async (_what, wrong, says) => {
    const options = untyped<CreateOptions>({ ...smallOptions(folder.path, 4), ...wrong })
    const error = await failureOf(create(smallConfig(), options))
    expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(says) })
    expect(existsSync(`${folder.path}/dataset`)).toBe(false)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
  ])('is told how to read a config when it gives %s', async (_what, config) => {
    const error = await failureOf(create(untyped<string>(config), smallOptions(folder.path, 4)))
    expect(error).toMatchObject({ code: 'usage', nextStep: expect.stringContaining('configFromValue') })
    await expect(validate(untyped(config))).rejects.toThrow(/has been read/)
  })

  it.each([
    ['without columns', { columns: [] }],
    ['whose column has no type', { columns: [{ name: 'a' }], model_configs: [] }],
    ['that is a list', []],
  ])('is told what is wrong with a config written in the program %s', async (_what, config) => {
    const error = await failureOf(create(untyped<string>(config), smallOptions(folder.path, 4)))
    expect(error.code).toBe('config_invalid')
    await expect(validate(untyped(config))).rejects.toMatchObject({ code: 'config_invalid' })
  })
})
