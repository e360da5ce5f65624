import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { query } from './duckdb.ts'

/** So many people of `en_US` are in the dataset: ages 15 to 94, states NY, CA, TX and one nobody knows, every second a woman. */
export const PEOPLE = 400

/**
 * Writes a person dataset in the shape of NVIDIA's into a managed assets folder.
 *
 * @param more SQL columns besides, or in the place of those of the same name
 */
export async function writePersons(
  assets: string,
  locale = 'en_US',
  more = "'x' AS secret",
): Promise<string> {
  mkdirSync(join(assets, 'datasets'), { recursive: true })
  const path = join(assets, 'datasets', `${locale}.parquet`)
  await query(`COPY (
    SELECT * REPLACE (i AS i), ${more} FROM (SELECT i,
      printf('%032d', i) AS uuid,
      CASE i % 2 WHEN 0 THEN 'Ann' ELSE 'Bo' END AS first_name,
      NULL::VARCHAR AS middle_name,
      'Lee' || chr(97 + (i % 26)::INT) AS last_name,
      CASE i % 2 WHEN 0 THEN 'Female' ELSE 'Male' END AS sex,
      (15 + i % 80)::INTEGER AS age,
      ['NY', 'CA', 'TX', 'ZZ'][1 + (i % 4)] AS region,
      CASE WHEN i % 10 = 0 THEN 'Springfield' ELSE 'Shelbyville' END AS city,
      'USA' AS country,
      '${locale}' AS locale,
      'persona ' || i AS persona,
      {'t_score': i, 'label': 'high', 'description': 'text'} AS openness
    FROM range(${PEOPLE}) t(i))
  ) TO '${path}' (FORMAT parquet)`)
  return path
}
