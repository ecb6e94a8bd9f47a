import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../../engine/index.ts'
import { HostProcess, type ProcessOptions } from './host-process.ts'
import { type Events, fromPlainError, toPlainError } from './protocol.ts'
import { Roster, type Ticket } from './roster.ts'

/** Work for a host that survives the death of its process. */
export interface Job<Command, Event> {
  /** All that is needed to go on from where the job is; called at submission and again after every restart. */
  command(): Command
  /** Work on it begins in its process; told again after every restart. */
  started?(): void
  /** Called at most once for an event, in order; never with events from before a resubmission. */
  receive(event: Event): void
  /** The job is over and forgotten; called at most once. */
  fail(error: EngineError): void
}

export interface JobHandle<Message> {
  /** Reaches the job in its process; dropped while the job waits for one, as `command()` will tell all. */
  send(message: Message): void
  /** Finished or given up: forget it. To stop work in the process, send the kind's message for that first. */
  end(): void
}

export interface HostOptions<Init> extends ProcessOptions<Init> {
  /** Aborts the load. */
  readonly signal: AbortSignal
  /** How long, in milliseconds, the first restart waits; each one after it twice as long, up to 10 s. By default 200. */
  readonly restartDelay?: number
}

/** In milliseconds. A life as long as the longest delay makes up for the deaths before it. */
const LONGEST_DELAY = 10_000
const HEALTHY_LIFE = LONGEST_DELAY
/** Lives that a first load gets: a process may be killed for want of memory that is there a moment later. */
const FIRST_LIVES = 3
/** When so many restarts in a row could not load the model, jobs no longer wait for it. */
const HOPELESS = 5

/**
 * A model in a process of its own, kept alive. When the process dies it is started again and jobs go on: each is submitted again,
 * with a fresh `command()`. Events on their way from a process that dies are lost, so `command()` alone tells the truth.
 */
export class Host<Command, Event, Message, Info, Stats = unknown> {
  readonly #options: HostOptions<unknown>
  readonly #roster = new Roster<Job<Command, Event>>()
  readonly #stopping = new AbortController()
  #process: HostProcess<Info>
  #life: Promise<void> = Promise.resolve()
  #info!: Info
  #stats: Stats | undefined
  #healthy = false
  #deaths = 0
  #restarts = 0
  #failedLoads = 0

  private constructor(options: HostOptions<unknown>) {
    this.#options = options
    this.#process = this.#launch(options)
  }

  /**
   * Starts the process and loads the model; rejects with the reason when the model is refused or the process has died
   * several times over it, and leaves nothing behind.
   */
  static async start<Init, Command, Event, Message, Info, Stats>(
    options: HostOptions<Init>,
  ): Promise<Host<Command, Event, Message, Info, Stats>> {
    const host = new Host<Command, Event, Message, Info, Stats>(options)
    await host.#firstLoad(options.signal)
    host.#life = host.#supervise()
    return host
  }

  /** What the kind told when it opened the model. */
  get info(): Info {
    return this.#info
  }

  /**
   * What the kind told last of its work, half a second ago at most; undefined while the process restarts. Counts begin anew
   * with each process.
   */
  get stats(): Stats | undefined {
    return this.#stats
  }

  /** Whether jobs are worked on now; false while the process restarts. */
  get healthy(): boolean {
    return this.#healthy
  }

  /** Times that the process died and was started again. */
  get restarts(): number {
    return this.#restarts
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** How long the next restart waits, in milliseconds. */
  get #delay(): number {
    return Math.min(LONGEST_DELAY, (this.#options.restartDelay ?? 200) * 2 ** (this.#deaths - 1))
  }

  /** Takes a job on; it waits while the process restarts. */
  submit(job: Job<Command, Event>): JobHandle<Message> {
    const ticket = this.#roster.add(job)
    if (this.#stopping.signal.aborted || this.#failedLoads >= HOPELESS) queueMicrotask(() => this.#fail(ticket, this.#notReady()))
    else this.#fill()
    return {
      send: (message) => {
        if (ticket.number !== undefined) this.#process.send({ type: 'send', job: ticket.number, message })
      },
      end: () => {
        if (this.#roster.remove(ticket)) this.#fill()
      },
    }
  }

  /** Fails all jobs and ends the process. */
  async dispose(): Promise<void> {
    this.#stopping.abort()
    this.#healthy = false
    for (const job of this.#roster.clear('all')) job.fail(this.#notReady())
    await this.#process.stop()
    await this.#life
  }

  async #firstLoad(signal: AbortSignal): Promise<void> {
    for (let life = 1; !this.#healthy; life++) {
      try {
        await this.#load(signal)
      } catch (error) {
        if (signal.aborted || this.#process.hasRefused || life === FIRST_LIVES) throw error
        this.#bury(await this.#process.ended, 0)
        await delay(this.#delay)
        this.#process = this.#launch(this.#options)
      }
    }
  }

  /** For the life of the host: waits for the end of each process, and starts the next. */
  async #supervise(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const born = performance.now()
      const how = await this.#process.ended
      this.#healthy = false
      this.#stats = undefined
      if (this.#stopping.signal.aborted) return
      this.#bury(how, performance.now() - born)
      while (!this.#healthy && !this.#stopping.signal.aborted) await this.#restart()
    }
  }

  #bury(how: string, lifetime: number): void {
    this.#restarts++
    this.#deaths = lifetime > HEALTHY_LIFE ? 1 : this.#deaths + 1
    const { name, log } = this.#options
    log('error', `the host of ${name} ${how}; it is started again in ${this.#delay / 1000} s`, { pid: this.pid })
    const guilty = this.#roster.crashed()
    guilty?.fail(new EngineError('internal', `this request crashes the host of ${name}: alone there, it ${how}`))
  }

  async #restart(): Promise<void> {
    const { signal } = this.#stopping
    try {
      await delay(this.#delay, undefined, { signal })
      this.#process = this.#launch({ ...this.#options, progress: () => {} })
      await this.#load(signal)
      this.#failedLoads = 0
      this.#fill()
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error)
    }
  }

  #giveUp(error: unknown): void {
    this.#deaths++
    this.#failedLoads++
    const { name, log } = this.#options
    log(
      'error',
      `the host of ${name} cannot load the model again, attempt ${this.#failedLoads}: ${toPlainError(error, 'bad_model').message}`,
    )
    if (this.#failedLoads >= HOPELESS) for (const job of this.#roster.clear('waiting')) job.fail(this.#notReady())
  }

  #launch(options: ProcessOptions<unknown>): HostProcess<Info> {
    return new HostProcess<Info>(options, {
      started: (numbers) => {
        this.#roster.started(numbers)
        for (const number of numbers) this.#roster.running(number)?.job.started?.()
      },
      events: (events) => this.#receive(events),
      failed: (number, error) => {
        const ticket = this.#roster.running(number)
        if (ticket !== undefined) this.#fail(ticket, error)
      },
      stats: (stats) => {
        this.#stats = stats as Stats
      },
    })
  }

  /** Waits until the process has opened the model. When it can't, or the signal aborts, ends the process and throws. */
  async #load(signal: AbortSignal): Promise<void> {
    const process = this.#process
    const kill = () => process.kill()
    signal.addEventListener('abort', kill)
    if (signal.aborted) kill()
    try {
      this.#info = await process.ready
      this.#healthy = true
    } catch (error) {
      await process.stop()
      if (signal.aborted) throw new EngineError('cancelled', `loading ${this.#options.name} was cancelled`, { cause: error })
      throw error
    } finally {
      signal.removeEventListener('abort', kill)
    }
  }

  /** Submits the jobs that may run. */
  #fill(): void {
    if (!this.#healthy) return
    for (const ticket of this.#roster.next()) {
      try {
        this.#process.send({ type: 'submit', job: ticket.number!, command: ticket.job.command() })
      } catch (error) {
        queueMicrotask(() => this.#fail(ticket, fromPlainError(toPlainError(error, 'internal'))))
      }
    }
  }

  #receive(events: Events): void {
    for (const [number, event] of events) {
      const ticket = this.#roster.running(number)
      if (ticket === undefined) continue
      const cleared = this.#roster.advanced(ticket)
      try {
        ticket.job.receive(event as Event)
      } catch (error) {
        this.#fail(ticket, fromPlainError(toPlainError(error, 'internal')))
      }
      if (cleared) this.#fill()
    }
  }

  #fail(ticket: Ticket<Job<Command, Event>>, error: EngineError): void {
    if (!this.#roster.remove(ticket)) return
    ticket.job.fail(error)
    this.#fill()
  }

  #notReady(): EngineError {
    const { name } = this.#options
    if (this.#stopping.signal.aborted) return new EngineError('model_not_ready', `${name} has been unloaded`)
    const retryAfter = Math.ceil(this.#delay / 1000)
    return new EngineError('model_not_ready', `${name} is not available: its host cannot load it again`, { retryAfter })
  }
}
