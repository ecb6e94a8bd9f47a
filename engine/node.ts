import type { Ports, Process } from './calculator.ts'
import { STOP } from './calculator.ts'
import { openContext } from './context.ts'
import { EngineError } from './errors.ts'
import { missingSideError, nodeFailure, type Phase } from './failure.ts'
import { InputQueue, NodeInputs } from './inputs.ts'
import type { NodeLayout } from './layout.ts'
import type { NodeHost } from './node-host.ts'
import { type Firing, FiringOrder } from './order.ts'
import type { Stream } from './stream.ts'
import { addToTimestamp, nextAllowedInStream, Timestamp } from './timestamp.ts'

type State = 'waiting' | 'opening' | 'open' | 'closing' | 'closed'

/** One node in one run: opens its calculator, processes at each firing, closes it. (MediaPipe: `framework/calculator_node.h`.) */
export class NodeRun {
  readonly layout: NodeLayout
  readonly inputs: NodeInputs
  readonly outputs: readonly Stream[]
  /** Set only for nodes that may have several firings at once. */
  readonly order: FiringOrder | undefined
  state: State = 'waiting'
  /** Due for a turn; the scheduler's. */
  isMarked = false
  /** Firings that have not ended. */
  inFlight = 0
  /** Of the only firing in flight; UNSET outside. */
  time: Timestamp = Timestamp.UNSET
  private lastFired: Timestamp = Timestamp.UNSET
  /** A source that is to close instead of processing again. */
  private isStopped = false
  private process: Process<Ports> | undefined
  private readonly host: NodeHost

  constructor(layout: NodeLayout, host: NodeHost) {
    this.layout = layout
    this.host = host
    const { plan } = layout
    const queues = plan.inputs.map(({ stream }) => {
      const queue = new InputQueue(host.streams[stream]!, this, host.maxQueueSize, host.throttle)
      host.streams[stream]!.readers.push(queue)
      return queue
    })
    this.inputs = new NodeInputs(layout, queues)
    this.outputs = plan.outputs.map(({ stream }) => host.streams[stream]!)
    this.order = plan.maxInFlight > 1 && !layout.isSource ? new FiringOrder(layout.offset, this.fail) : undefined
  }

  /** The earliest time at which it may send. */
  get nextOutput(): Timestamp {
    let next: Timestamp = Timestamp.DONE
    for (const stream of this.outputs) if (stream.bound < next) next = stream.bound
    return next
  }

  get isOver(): boolean {
    return this.host.isOver
  }

  /** Packets that come now would never be looked at. */
  get isClosing(): boolean {
    return this.state === 'closing' || this.state === 'closed'
  }

  wake(): void {
    this.host.wake(this)
  }

  canGoOn(): Promise<void> {
    return this.host.canGoOn()
  }

  sent(stream: Stream, timestamp: Timestamp): void {
    const { trace } = this.host
    if (trace) trace({ node: this.layout.plan.name, kind: 'send', time: performance.now(), timestamp, stream: stream.plan.name })
  }

  /** Opens the calculator, unless it must wait for side packets of other nodes. */
  open(): void {
    const { layout, host } = this
    if (this.state !== 'waiting' || !layout.sidesToWaitFor.every((name) => host.sides.has(name))) return
    const missing = layout.sidesToWaitFor.find((name) => host.sides.get(name) === undefined && !layout.optionalSides.has(name))
    if (missing !== undefined) {
      this.failForWantOf(missing)
      return
    }
    this.state = 'opening'
    this.call(
      'open',
      Timestamp.UNSTARTED,
      () => layout.plan.calculator.open(openContext(this, host)),
      (process) => this.opened(process),
    )
  }

  /** One step: opens, fires, closes, or hands its bound on. */
  turn(): void {
    if (this.state === 'waiting') this.open()
    else if (this.state === 'open' && this.layout.isSource) this.fire(Timestamp.UNSET)
    else if (this.state === 'open' && this.inFlight < this.layout.plan.maxInFlight) this.follow()
  }

  /** A source: to close when what it is doing has ended. */
  stop(): void {
    this.isStopped = true
    if (this.state === 'open' && this.inFlight === 0) this.close()
  }

  /** The run is over: closes as soon as it can. A node that was not opened is not closed either. */
  shutDown(): void {
    if (this.state === 'waiting') {
      this.state = 'closed'
      this.host.closed()
    } else if (this.state === 'open' && this.inFlight === 0) this.close()
  }

  close(): void {
    this.state = 'closing'
    this.inputs.clear()
    this.raise(nextAllowedInStream(this.lastFired))
    this.call(
      'close',
      Timestamp.DONE,
      () => this.process?.close?.(),
      () => this.closed(),
    )
  }

  private opened(process: Process<Ports> | undefined): void {
    if (typeof process?.process !== 'function') {
      this.failed('open', new TypeError('it must return an object with a function `process`.'), undefined)
      return
    }
    this.process = process
    this.state = 'open'
    if (this.isOver || this.isStopped) this.close()
    else this.wake()
  }

  private closed(): void {
    this.state = 'closed'
    if (!this.isOver) for (const stream of this.outputs) stream.close()
    if (!this.isOver) for (const { name } of this.layout.plan.sideOutputs) this.giveUp(name)
    this.host.closed()
  }

  private giveUp(name: string): void {
    const { sides } = this.host
    if (sides.has(name)) return
    sides.giveUp(name)
    this.host.sideSet(name)
  }

  /** It will never be opened: a side packet that it waits for will not be set. */
  failForWantOfSides(): void {
    this.failForWantOf(this.layout.sidesToWaitFor.find((name) => !this.host.sides.has(name)) ?? '')
  }

  private failForWantOf(side: string): void {
    this.host.fail(missingSideError(this.layout.plan, side))
  }

  private readonly fail = (thrown: unknown): void => this.host.fail(nodeFailure(this.layout.plan, 'process', thrown))

  private follow(): void {
    const readiness = this.inputs.look()
    if (readiness === 'fire') {
      this.fire(this.inputs.time)
      this.wake()
    } else if (readiness === 'wait') {
      this.inputs.trim()
      this.raiseBounds()
    } else if (this.inFlight === 0) this.close()
  }

  private fire(time: Timestamp): void {
    const { order, layout } = this
    const inputs = (layout.isSource ? {} : this.inputs.take()) as never
    this.inFlight += 1
    this.time = time
    this.lastFired = time
    const firing = order?.begin(time)
    const process = () => this.process!.process(inputs, time)
    const action = order && firing ? () => order.within(firing, process) : process
    const isPending = this.call('process', time, action, (result) => this.fired(result, firing), firing)
    if (isPending) this.raiseBounds()
  }

  private fired(result: unknown, firing: Firing | undefined): void {
    this.ended(firing)
    const { isSource } = this.layout
    if (result === STOP && !isSource) this.host.stopSources()
    const isShut = this.outputs.length > 0 && this.outputs.every((stream) => stream.isClosed)
    const hasNoMore = result === STOP || this.isStopped || isShut
    if (this.isOver) this.shutDown()
    else if (isSource && hasNoMore) this.close()
    else this.wake()
  }

  private ended(firing: Firing | undefined): void {
    this.inFlight -= 1
    this.time = Timestamp.UNSET
    if (firing) this.order?.end(firing)
  }

  /**
   * Hands on what the inputs promise: no firing, hence no packet, will be earlier. Not once only its own loop feeds the node:
   * a loop with a delay would raise its bounds for ever.
   */
  private raiseBounds(): void {
    if (this.inputs.isOnlyLoop) return
    const started = this.order ? this.order.earliest : this.inFlight > 0 ? this.time : Timestamp.DONE
    this.raise(Math.min(this.inputs.next, started))
  }

  /** No firing before `next` will come. */
  private raise(next: Timestamp): void {
    const { offset } = this.layout
    if (offset === undefined || this.isOver || next <= Timestamp.PRE_STREAM || next > Timestamp.MAX) return
    const bound = addToTimestamp(next, offset)
    for (const stream of this.outputs) stream.raise(bound)
  }

  /** Calls the calculator, and `done` with what came of it; says whether that is yet to come. */
  private call<T>(
    phase: Phase,
    timestamp: Timestamp,
    action: () => T | PromiseLike<T>,
    done: (result: T) => void,
    firing?: Firing,
  ): boolean {
    const { host } = this
    const began = host.trace ? performance.now() : 0
    let result: T | PromiseLike<T>
    try {
      result = action()
    } catch (thrown) {
      this.failed(phase, thrown, firing)
      return false
    }
    if (!isPromise(result)) {
      this.tell(phase, began, timestamp)
      done(result)
      return false
    }
    host.outstanding(1)
    result.then(
      (value) => {
        host.outstanding(-1)
        this.tell(phase, began, timestamp)
        done(value)
        host.work()
      },
      (thrown) => {
        host.outstanding(-1)
        this.failed(phase, thrown, firing)
        host.work()
      },
    )
    return true
  }

  private failed(phase: Phase, thrown: unknown, firing: Firing | undefined): void {
    const { host, layout } = this
    if (phase !== 'process') this.state = 'closed'
    // A call that ends because the run has ended does what it should.
    if (!host.isOver || !(thrown instanceof EngineError && thrown.code === 'cancelled')) {
      const error = nodeFailure(layout.plan, phase, thrown)
      host.trace?.({ node: layout.plan.name, kind: 'fail', time: performance.now(), message: error.message })
      host.fail(error)
    }
    if (phase === 'process') {
      this.ended(firing)
      this.shutDown()
    } else host.closed()
  }

  private tell(phase: Phase, began: number, timestamp: Timestamp): void {
    const { trace } = this.host
    trace?.({ node: this.layout.plan.name, kind: phase, time: began, duration: performance.now() - began, timestamp })
  }
}

const isPromise = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
