/** What the parts of a run are made of unless the caller brings other ones. Only here do the models learn of the simulator. */
import { RowsmithError } from '../base/errors/errors.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { undiciTransport } from '../models/http/undici-transport.ts'
import { columnStatistics } from '../results/profile/column-statistics.ts'
import type { Components, CountColumns, RunComponents } from '../run/request/options.ts'
import { simulatorTransport } from '../simulate/server/transport.ts'

/** Components with a transport, and with statistics where the dataset lies on the machine's own disk. */
export function runComponents(components: Components): RunComponents {
  // DuckDB reads the machine's own disk, and no other.
  const statistics: CountColumns | null =
    components.disk === undefined
      ? (directory, ...counting) => columnStatistics(nodeDisk, directory, ...counting)
      : null
  return { transport: defaultTransport, statistics, ...components }
}

const defaultTransport: RunComponents['transport'] = (provider, connections, network) => {
  if (provider.provider_type !== 'simulator') {
    return undiciTransport({ connections, http2: provider.http2, ...network })
  }
  const { name, scenario } = provider
  if (typeof scenario === 'string') {
    throw new RowsmithError(
      'usage',
      `The scenario of provider "${name}" is a path: give what loadScenario() makes of it`,
    )
  }
  return simulatorTransport(scenario?.latency === undefined ? { latencyMs: 20, scenario } : { scenario })
}
