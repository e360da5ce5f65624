/** A simulator in a process of its own: prints its URL, answers 150 words after the given latency. */
import { startSimulator } from '../src/index.ts'

const { url } = await startSimulator({ latencyMs: Number(process.argv[2] ?? 0), words: 150 })
console.log(url)
