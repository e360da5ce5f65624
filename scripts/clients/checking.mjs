/** What the files of clients share: a check is a name and a function that throws; each prints one line of JSON. */
import { deepEqual, equal, ok } from 'node:assert/strict'

export const url = process.env.SIMULATOR_URL
export { deepEqual, equal, ok }

/** Runs the checks of one client, one after the other. */
export async function run(client, checks) {
  for (const [check, act] of Object.entries(checks)) {
    let why = null
    try {
      await act()
    } catch (error) {
      why = `${error?.name}: ${error?.message}`.replaceAll(/\s+/g, ' ').slice(0, 300)
    }
    console.log(JSON.stringify({ client, check, why }))
  }
}

/** What a promise is rejected with. */
export async function refusal(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('It was not refused.')
}

export async function all(stream) {
  const events = []
  for await (const event of stream) events.push(event)
  return events
}

export const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 3 } },
  required: ['city', 'days'],
  additionalProperties: false,
}

export function fitsWeather(value) {
  deepEqual(Object.keys(value).sort(), ['city', 'days'])
  equal(typeof value.city, 'string')
  ok([1, 2, 3].includes(value.days))
}
