import type { HttpBody } from '../../calculators/index.ts'
import type { Run } from '../../engine/index.ts'
import type { Bodies } from './outflow.ts'

/** A comment, which clients of event streams skip (the HTML standard, §9.2.6). */
const comment: HttpBody = { contentType: 'text/event-stream', data: ': keep-alive\n\n' }

/**
 * The pieces of an event stream, and comments in its silences, so that nothing on the way takes the connection for dead. A silence
 * is broken after one to two times `intervalMs`. One at the beginning counts too: by then the request is in the model's queue, as
 * what refuses one does so at once.
 */
export function keepAlive(bodies: Bodies, run: Run, intervalMs: number): Bodies {
  let pending: ReturnType<Bodies['next']> | undefined
  let isSilent = false
  let tell: (() => void) | undefined
  const timer = setInterval(() => {
    if (isSilent) tell?.()
    isSilent = true
  }, intervalMs)
  const over = () => clearInterval(timer)
  run.done.then(over, over)
  return {
    next() {
      pending ??= bodies.next().finally(() => {
        pending = undefined
        isSilent = false
      })
      const next = pending
      return new Promise((resolve, reject) => {
        tell = () => resolve({ done: false, value: { value: comment, timestamp: 0 } })
        next.then(resolve, reject)
      })
    },
  }
}
