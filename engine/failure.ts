import { EngineError, type ErrorCode } from './errors.ts'
import type { NodePlan, Plan } from './plan.ts'
import type { BoundedQueue } from './throttle.ts'

export type Phase = 'open' | 'process' | 'close'

/** Not the caller's doing, nor the server's state: who reads of it needs the place. */
const authors: readonly ErrorCode[] = ['bad_graph', 'bad_configuration', 'bad_model', 'internal']

/**
 * What a node threw, with the node's place. An EngineError keeps its code, and a client's mistake also its message and param,
 * so that it reads as it was written; of anything else the message begins with the place.
 */
export function nodeFailure(plan: NodePlan, phase: Phase, thrown: unknown): EngineError {
  const { file, line, column } = plan.where
  const place = { node: plan.name, calculator: plan.calculatorName, where: `${file}:${line}:${column}` }
  const known = thrown instanceof EngineError ? thrown : undefined
  if (known?.where !== undefined) return known
  if (known !== undefined && !authors.includes(known.code)) return placed(known, place)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const text = `Calculator ${plan.calculatorName}, node ${plan.name} (${place.where}): ${phase} failed: ${message}`
  return new EngineError(known?.code ?? 'internal', text, { ...place, cause: thrown })
}

function placed(error: EngineError, place: { node: string; calculator: string; where: string }): EngineError {
  const { param, retryAfter } = error
  return new EngineError(error.code, error.message, {
    ...place,
    ...(param === undefined ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    faults: error.faults,
    cause: error,
  })
}

/** Why a run was stopped from outside. An EngineError is kept; a timeout's reason becomes `deadline_exceeded`. */
export function cancellation(reason: unknown): EngineError {
  if (reason instanceof EngineError) return reason
  const details = reason === undefined ? {} : { cause: reason }
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new EngineError('deadline_exceeded', 'The run was stopped at its deadline.', details)
  }
  const why = reason instanceof Error ? reason.message : reason
  return new EngineError(
    'cancelled',
    why === undefined ? 'The run was cancelled.' : `The run was cancelled: ${String(why)}`,
    details,
  )
}

/** Full queues that wait for each other. */
export function deadlockError(plan: Plan, queues: readonly BoundedQueue[]): EngineError {
  const names = queues.map(({ stream, owner }) => `stream "${plan.streams[stream]!.name}" before ${owner}`).join(', ')
  const problem = `deadlock: these queues are full, and nothing else can move: ${names}`
  return new EngineError('overloaded', `Graph ${plan.name}: ${problem}. Raise max_queue_size.`)
}

/** A node can not be opened: the side packet that it waits for will not be set. */
export function missingSideError(plan: NodePlan, side: string): EngineError {
  const { file, line, column } = plan.where
  const node = `Calculator ${plan.calculatorName}, node ${plan.name} (${file}:${line}:${column})`
  const place = { node: plan.name, calculator: plan.calculatorName, where: `${file}:${line}:${column}` }
  return new EngineError('internal', `${node}: waits for side packet "${side}", which no node has set.`, place)
}
