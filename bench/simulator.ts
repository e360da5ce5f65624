/**
 * A simulator in a process of its own: prints its URL, answers 150 words after the given latency. Models that are given tools call one in
 * each of their first turns.
 */
import { calmScenario } from '../src/config/files/scenario.ts'
import { startSimulator } from '../src/entries/simulator.ts'
import { toolTurns } from './grid-shapes.ts'

const scenario = { ...calmScenario, tools: { turns: toolTurns, calls: 1 } }
const { url } = await startSimulator({ latencyMs: Number(process.argv[2] ?? 0), words: 150, scenario })
console.log(url)
