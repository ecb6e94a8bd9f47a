import type { Log } from './log.ts'

/**
 * A signal that SIGTERM and SIGINT abort. The second of them ends the process at once. So does an error that nobody
 * handled, after `dispose`: what the process holds can't be trusted any more.
 */
export function stopSignals(log: Log, dispose: () => Promise<void>): AbortSignal {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1)
    log.info({ signal: name }, 'asked to stop; once more to stop at once')
    stop.abort()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  let failing = false
  const onFailure = (err: unknown) => {
    log.fatal({ err }, 'unhandled error')
    if (failing) return
    failing = true
    const exit = () => process.exit(1)
    setTimeout(exit, 5000)
    dispose().then(exit, exit)
  }
  process.on('uncaughtException', onFailure)
  process.on('unhandledRejection', onFailure)
  return stop.signal
}
