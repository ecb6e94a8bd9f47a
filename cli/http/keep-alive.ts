import type { HttpBody } from '../../calculators/index.ts'
import type { Bodies } from './outflow.ts'

/** A comment, which clients of event streams skip (the HTML standard, §9.2.6): so nothing on the way takes the connection for dead. */
export const comment = ': keep-alive\n\n'

/** The first piece of an answer, and those behind it. */
interface Beginning {
  readonly first: Awaited<ReturnType<Bodies['next']>>
  readonly rest: Bodies
}

/**
 * The first piece of an event stream, or a comment in its place when none has come for `intervalMs`: by then the request is in the
 * model's queue, as what refuses one does so at once.
 */
export async function beginStream(bodies: Bodies, intervalMs: number): Promise<Beginning> {
  const next = bodies.next()
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), intervalMs)
  })
  const first = await Promise.race([next, silence]).finally(() => clearTimeout(timer))
  if (first) return { first, rest: bodies }
  // What it comes to is read later; until then a failure of it has a reader.
  next.catch(() => {})
  let held: typeof next | undefined = next
  const rest: Bodies = {
    next() {
      const coming = held ?? bodies.next()
      held = undefined
      return coming
    },
  }
  const value: HttpBody = { contentType: 'text/event-stream', data: comment }
  return { first: { done: false, value: { value, timestamp: 0 } }, rest }
}
