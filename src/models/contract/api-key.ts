/**
 * Where a provider's key comes from, and how it stays out of sight: it lives in the header alone. Messages of
 * Rowsmith's never hold it; what a provider says is searched for it first.
 */
import { RowsmithError } from '../../base/errors/errors.ts'

/**
 * The key itself: the environment variable of that name, else the text as it stands.
 *
 * @param given `api_key` of the provider; null means it takes none
 * @throws RowsmithError `missing_api_key`, naming the variable, when the text looks like a variable that is not set
 */
export function resolveApiKey(
  provider: string,
  given: string | null,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  if (given === null || given === '') return null
  const value = env[given]?.trim()
  const key = value === undefined || value === '' ? given : value
  if (key === given && looksLikeVariable(given)) {
    throw new RowsmithError(
      'missing_api_key',
      `Provider "${provider}" takes its API key from the environment variable ${given}, which is not set.`,
      { facts: { provider, variable: given } },
    )
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new RowsmithError(
      'missing_api_key',
      `The API key of provider "${provider}" holds spaces or characters that no key has.`,
      { facts: { provider } },
    )
  }
  return key
}

/** `OPENAI_API_KEY`, not `sk-...`. */
function looksLikeVariable(text: string): boolean {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text)
}

/** Shorter values of headers are no secrets, and too common to be searched for. */
const SHORTEST_SECRET = 8

/** The text with every secret in it replaced by `***`. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) safe = safe.replaceAll(secret, '***')
  }
  return safe
}

/** What looks like a key without knowing any: by its beginning, by stars in it, or after the word Bearer. */
const perhapsKey =
  /[\w-]*\*{3,}[\w*-]*|\b(?:(?:sk|pk|rk|gsk|xai|nvapi|hf|ghp|fw|csk|tgp)[-_]|AIza)[\w-]{8,}|\b(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{24,}|(?<=\b[Bb]earer )\S+/g

/** The text without what may be a key: providers repeat those that they refuse, in part or whole. */
export function hideWhatMayBeKeys(text: string): string {
  return text.replace(perhapsKey, '***')
}
