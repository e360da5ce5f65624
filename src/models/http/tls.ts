import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Disk } from '../../disk/disk.ts'

/** Contents of PEM files. */
export interface TlsMaterial {
  /** Authorities trusted in addition to those that Node knows. */
  readonly ca?: string
  /** The client's own certificate, with those that vouch for it. */
  readonly cert?: string
  readonly key?: string
}

/**
 * What the TLS files of providers hold, by provider name; those without any are left out.
 *
 * @throws RowsmithError `config_not_found`, naming the provider and the file
 */
export async function readTlsFiles(
  disk: Disk,
  providers: readonly ProviderConfig[],
): Promise<ReadonlyMap<string, TlsMaterial>> {
  const read = new Map<string, TlsMaterial>()
  for (const { name, tls } of providers) {
    if (tls === undefined) continue
    const material: { -readonly [Part in keyof TlsMaterial]: TlsMaterial[Part] } = {}
    for (const part of ['ca', 'cert', 'key'] as const) {
      const path = tls[`${part}_file`]
      if (path !== undefined) material[part] = await readPem(disk, name, `${part}_file`, path)
    }
    read.set(name, material)
  }
  return read
}

async function readPem(disk: Disk, provider: string, setting: string, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await disk.readFile(path))
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'does not exist' : 'cannot be read'
    throw new RowsmithError('config_not_found', `Provider "${provider}": tls.${setting} ${path} ${reason}`, {
      facts: { provider, path },
      nextStep: 'Check the path; a relative one starts at the folder of the providers file.',
      cause: error,
    })
  }
}
