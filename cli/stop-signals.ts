import type { Log } from './log.ts'

/** npm hands a terminal's Ctrl-C on to a process that has had it from the terminal already. */
const echoMs = 500

/** How often a server that npm started looks whether npm's shell is still there. */
const orphanMs = 500

/**
 * Under `npm start` a SIGTERM ends npm and the shell between, which keeps it to itself: that the parent is gone is then how
 * this process hears of it.
 */
function onOrphaned(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop()
  }, orphanMs)
  watch.unref()
}

/**
 * A signal that SIGTERM and SIGINT abort. The second of them ends the process at once. So does an error that nobody
 * handled, after `dispose`: what the process holds can't be trusted any more.
 */
export function stopSignals(log: Log, dispose: () => Promise<void>): AbortSignal {
  const stop = new AbortController()
  let asked = 0
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && stop.signal.aborted && performance.now() - asked < echoMs) return
    if (stop.signal.aborted) process.exit(1)
    asked = performance.now()
    log.info({ signal }, 'asked to stop; once more to stop at once')
    stop.abort()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  onOrphaned(() => {
    if (!stop.signal.aborted) onSignal('SIGTERM')
  })
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
