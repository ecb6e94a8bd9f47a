import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Preloaded into a serving process (`node --import …`): each SIGUSR2 prints the event loop's delay since the last one, in
 * milliseconds, as a line of JSON on stderr.
 */
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('SIGUSR2', () => {
  const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6]
  delay.reset()
  process.stderr.write(`${JSON.stringify({ eventLoopDelay: { p99, max } })}\n`)
})
