import { AsyncLocalStorage } from 'node:async_hooks'
import { EngineError } from './errors.ts'
import type { Timestamp } from './timestamp.ts'
import { addToTimestamp, Timestamp as Time } from './timestamp.ts'

/** One firing of a node that may have several at once, and what it has done out of turn. */
export interface Firing {
  readonly time: Timestamp
  readonly held: ((time: Timestamp) => void)[]
  isDone: boolean
}

/**
 * Which firing is calling, also after an await: a calculator's outputs are those of all its firings. One for the process, as
 * Node keeps every AsyncLocalStorage that was ever used.
 */
const current = new AsyncLocalStorage<Firing>()

/**
 * Puts what parallel firings of one node send into the order of their inputs: the oldest sends directly, the others hold
 * back until it is their turn. (MediaPipe: `max_in_flight`, `framework/stream_handler/in_order_output_stream_handler.h`.)
 */
export class FiringOrder {
  private readonly firings: Firing[] = []
  private readonly offset: number | undefined

  private readonly fail: (thrown: unknown) => void

  /** `fail`: told when what was held back can not be sent after all. */
  constructor(offset: number | undefined, fail: (thrown: unknown) => void) {
    this.offset = offset
    this.fail = fail
  }

  /** The earliest time of a firing that has not ended. */
  get earliest(): Timestamp {
    return this.firings.reduce((earliest, { time }) => Math.min(earliest, time), Time.DONE as Timestamp)
  }

  begin(time: Timestamp): Firing {
    const firing: Firing = { time, held: [], isDone: false }
    this.firings.push(firing)
    return firing
  }

  /** Calls `process` so that what it sends, now or after an await, is known to be of `firing`. */
  within<T>(firing: Firing, process: () => T): T {
    return current.run(firing, process)
  }

  /** Ends a firing; it and those after it do what they held back, as far as their turn has come. */
  end(firing: Firing): void {
    firing.isDone = true
    while (this.firings[0]?.isDone) {
      this.firings.shift()
      this.release()
    }
  }

  /** Does `action` now, or when the turn of the calling firing comes. `at`: the time it was asked to send at. */
  do(at: Timestamp | undefined, action: (time: Timestamp) => void): void {
    const firing = this.caller(at)
    if (firing === undefined) action(Time.UNSET)
    else if (firing === this.firings[0]) action(firing.time)
    else firing.held.push(action)
  }

  private release(): void {
    const next = this.firings[0]
    if (next === undefined) return
    try {
      for (const action of next.held.splice(0)) action(next.time)
    } catch (thrown) {
      this.fail(thrown)
    }
  }

  /** A callback that a servable makes for all its users is not told apart by the call; then the time has to tell. */
  private caller(at: Timestamp | undefined): Firing | undefined {
    const { offset } = this
    const byTime =
      at === undefined || offset === undefined ? undefined : this.firings.find(({ time }) => addToTimestamp(time, offset) === at)
    if (byTime) return byTime
    const calling = current.getStore()
    if (calling && this.firings.includes(calling)) return calling
    if (this.firings.length < 2) return this.firings[0]
    throw new EngineError(
      'internal',
      'Several firings are in flight, and which one sends can not be told: send within process, or name the time of the firing.',
    )
  }
}
