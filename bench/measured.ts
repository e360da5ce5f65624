import { monitorEventLoopDelay } from 'node:perf_hooks'

export const rssMb = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)

/** CPU of this process (all threads), event-loop delay and memory while `work` runs. */
export async function measured(cells: number, work: () => unknown) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  const used = process.cpuUsage(cpu)
  delay.disable()
  return {
    cells,
    seconds,
    cells_per_second: cells / seconds,
    cpu_us_per_cell: (used.user + used.system) / cells,
    loop_delay_p99_ms: delay.percentile(99) / 1e6,
    loop_delay_max_ms: delay.max / 1e6,
    rss_mb: rssMb(),
  }
}
