/** `rowsmith/simulator`: models that need no key and no network, in the process or over HTTP. By hand. */
export { loadScenario } from '../api/load.ts'
export { type Scenario, scenarioFromValue } from '../config/files/scenario.ts'
export { type Simulator, type SimulatorOptions, startSimulator } from '../simulate/server/server.ts'
export { type SimulatorTransportOptions, simulatorTransport } from '../simulate/server/transport.ts'
export type { SimulatorStats } from '../simulate/traffic/meter.ts'
