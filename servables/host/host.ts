import { EngineError } from '../../engine/index.ts'
import { deathsAfter, delayAfter } from './backoff.ts'
import { HostProcess, type ProcessOptions } from './host-process.ts'
import { type Events, fromPlainError, type Stats, toPlainError } from './protocol.ts'
import { Room } from './room.ts'
import { Roster, type Ticket } from './roster.ts'
import type { Job, JobHandle, Tenant, TenantOptions } from './tenant.ts'

export interface HostOptions extends ProcessOptions {
  /** How long, in milliseconds, the first restart waits; each one after it twice as long, up to 10 s. By default 200. */
  readonly restartDelay?: number
}

/** Lives that a first load gets: a process may be killed for want of memory that is there a moment later. */
const FIRST_LIVES = 3
/** When so many loads in a row could not open a model again, its jobs no longer wait for it. */
const HOPELESS = 5

interface Work {
  readonly room: Room
  readonly job: Job<unknown, unknown>
}

/**
 * Models in a process of their own, kept alive: there is a process as long as there is a tenant, and after its end comes the
 * next. Tenants share its fate: its death interrupts the jobs of all, and a job that is tried alone is alone among all.
 */
export class Host {
  readonly #options: HostOptions
  readonly #rooms = new Map<number, Room>()
  readonly #roster = new Roster<Work>()
  #process: HostProcess | undefined
  #isLiving = false
  /** When the models of the process were open, and jobs began; undefined before that, and between processes. */
  #workingSince: number | undefined
  #deaths = 0
  #restarts = 0
  #lastNumber = 0
  #endPause: () => void = () => {}

  constructor(options: HostOptions) {
    this.#options = options
  }

  /** A model in a process of its own. */
  static start<Init, Command, Event, Message, Info, Stats>(
    options: HostOptions & TenantOptions<Init>,
  ): Promise<Tenant<Command, Event, Message, Info, Stats>> {
    return new Host(options).open(options)
  }

  /**
   * Loads a model; rejects with the reason when it is refused, or when the process has died several times over it, and leaves
   * nothing behind.
   *
   * @throws EngineError `cancelled` when the signal is aborted meanwhile
   */
  async open<Init, Command, Event, Message, Info, Stats>(
    options: TenantOptions<Init>,
  ): Promise<Tenant<Command, Event, Message, Info, Stats>> {
    const { name, signal } = options
    const room = new Room(++this.#lastNumber, options)
    this.#rooms.set(room.number, room)
    const cancel = () => {
      room.refuse(new EngineError('cancelled', `loading ${name} was cancelled`))
      if (this.#rooms.size === 1) this.#process?.kill()
    }
    signal.addEventListener('abort', cancel)
    try {
      if (signal.aborted) cancel()
      else this.#admit(room)
      await room.firstLoad
      return this.#tenant(room)
    } catch (error) {
      await this.#dismiss(room)
      throw error
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  #tenant<Command, Event, Message, Info, Stats>(room: Room): Tenant<Command, Event, Message, Info, Stats> {
    const isWorking = () => this.#workingSince !== undefined
    const pid = () => this.#process?.pid
    const restarts = () => this.#restarts
    return {
      get info() {
        return room.info as Info
      },
      get stats() {
        return room.stats as Stats | undefined
      },
      get healthy() {
        return room.isOpen && isWorking()
      },
      get pid() {
        return pid()
      },
      get restarts() {
        return restarts()
      },
      submit: (job) => this.#submit({ room, job }),
      dispose: () => this.#dismiss(room),
    }
  }

  /** A new tenant moves in with the others, or as soon as there is a process. */
  #admit(room: Room): void {
    if (this.#workingSince !== undefined && this.#process !== undefined) void this.#openIn(this.#process, room)
    if (!this.#isLiving) void this.#live()
  }

  /** While there are tenants: a process, and after its end the next. */
  async #live(): Promise<void> {
    this.#isLiving = true
    while (this.#rooms.size > 0) {
      const process = this.#launch()
      await this.#moveIn(process)
      await this.#bury(process, await process.ended)
    }
    this.#isLiving = false
  }

  /** Opens one model after the other, so that a death tells at whose load it came. Then jobs begin, or go on. */
  async #moveIn(process: HostProcess): Promise<void> {
    for (const room of this.#rooms.values()) {
      if (!this.#isLeftOut(room)) await this.#openIn(process, room)
      if (process.hasEnded || process.isUnwanted) return
    }
    this.#workingSince = performance.now()
    this.#fill()
  }

  /** Of several tenants, one whose load has killed the process again and again, so that the others may live. */
  #isLeftOut(room: Room): boolean {
    return room.wasOpen && room.fatalLoads >= HOPELESS && this.#rooms.size > 1
  }

  async #openIn(process: HostProcess, room: Room): Promise<void> {
    const { number: tenant, wasOpen, options } = room
    const { name, kind, init, log } = options
    const progress = wasOpen ? () => {} : options.progress
    const opened = await process.open({ tenant, kind, init, log, progress })
    if (room.isLeaving) return
    if ('info' in opened) this.#opened(room, opened.info)
    else if ('refused' in opened) this.#refused(process, room, opened.refused)
    else this.#died(room, new EngineError('bad_model', `the host of ${name} ${opened.died} while it loaded the model`))
  }

  #opened(room: Room, info: unknown): void {
    room.open(info)
    this.#fill()
  }

  /** The kind itself says that the model can't be opened. At the first load that is final: trying again would end the same. */
  #refused(process: HostProcess, room: Room, error: EngineError): void {
    if (!room.wasOpen) {
      room.refuse(error)
    } else {
      this.#despair(room, error)
      room.retry = setTimeout(() => this.#openIn(process, room), this.#delay(room.failedLoads))
    }
  }

  #died(room: Room, error: EngineError): void {
    room.fatalLoads++
    if (room.wasOpen) this.#despair(room, error)
    else if (room.fatalLoads === FIRST_LIVES) room.refuse(error)
  }

  #despair(room: Room, error: EngineError): void {
    room.failedLoads++
    const { name, log } = room.options
    log('error', `the host of ${name} cannot load the model again, attempt ${room.failedLoads}: ${error.message}`)
    if (this.#isLeftOut(room)) log('error', `${name} is no longer loaded, as its host has others to serve; restart the server`)
    if (room.failedLoads >= HOPELESS) this.#failAll(room)
  }

  /** After the end of a process: who was at work is remembered, and the next one waits its time. */
  async #bury(process: HostProcess, how: string): Promise<void> {
    const lifetime = this.#workingSince === undefined ? 0 : performance.now() - this.#workingSince
    this.#workingSince = undefined
    for (const room of this.#rooms.values()) room.close()
    if (process.isUnwanted) return
    this.#restarts++
    this.#deaths = deathsAfter(lifetime, this.#deaths)
    const pause = this.#delay(this.#deaths)
    const names = Array.from(this.#rooms.values(), ({ options }) => options.name).join(', ')
    this.#options.log('error', `the host of ${names} ${how}; it is started again in ${pause / 1000} s`, { pid: process.pid })
    const guilty = this.#roster.crashed()
    const name = guilty?.room.options.name
    guilty?.job.fail(new EngineError('internal', `this request crashes the host of ${name}: alone there, it ${how}`))
    await this.#pause(pause)
  }

  /** Ends early when nobody is left to wait for. */
  #pause(duration: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, duration)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** In milliseconds. */
  #delay(tries: number): number {
    return delayAfter(tries, this.#options.restartDelay ?? 200)
  }

  #launch(): HostProcess {
    this.#process = new HostProcess(this.#options, {
      started: (numbers) => {
        this.#roster.started(numbers)
        for (const number of numbers) this.#roster.running(number)?.job.job.started?.()
      },
      events: (events) => this.#receive(events),
      failed: (number, error) => {
        const ticket = this.#roster.running(number)
        if (ticket !== undefined) this.#fail(ticket, error)
      },
      stats: (stats) => this.#note(stats),
    })
    return this.#process
  }

  #submit(work: Work): JobHandle<unknown> {
    const { room } = work
    const ticket = this.#roster.add(work)
    if (room.isLeaving || room.failedLoads >= HOPELESS) queueMicrotask(() => this.#fail(ticket, this.#notReady(room)))
    else this.#fill()
    return {
      send: (message) => {
        const { number: job } = ticket
        if (job !== undefined) this.#process?.send({ type: 'send', tenant: room.number, job, message })
      },
      end: () => {
        if (this.#roster.remove(ticket)) this.#fill()
      },
    }
  }

  /** Submits the jobs that may run. */
  #fill(): void {
    if (this.#workingSince === undefined) return
    for (const ticket of this.#roster.next(({ room }) => room.isOpen)) {
      const { room, job } = ticket.job
      try {
        this.#process?.send({ type: 'submit', tenant: room.number, job: ticket.number!, command: job.command() })
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
        ticket.job.job.receive(event)
      } catch (error) {
        this.#fail(ticket, fromPlainError(toPlainError(error, 'internal')))
      }
      if (cleared) this.#fill()
    }
  }

  #note(stats: Stats): void {
    for (const [number, each] of stats) {
      const room = this.#rooms.get(number)
      if (room !== undefined) room.stats = each
    }
  }

  #fail(ticket: Ticket<Work>, error: EngineError): void {
    if (!this.#roster.remove(ticket)) return
    ticket.job.job.fail(error)
    this.#fill()
  }

  #failAll(room: Room): void {
    for (const { job } of this.#roster.clear((work) => work.room === room)) job.fail(this.#notReady(room))
    this.#fill()
  }

  #notReady({ isLeaving, failedLoads, options: { name } }: Room): EngineError {
    if (isLeaving) return new EngineError('model_not_ready', `${name} has been unloaded`)
    const retryAfter = Math.ceil(this.#delay(failedLoads) / 1000)
    return new EngineError('model_not_ready', `${name} is not available: its host cannot load it again`, { retryAfter })
  }

  #dismiss(room: Room): Promise<void> {
    room.left ??= this.#leave(room)
    return room.left
  }

  async #leave(room: Room): Promise<void> {
    room.isLeaving = true
    room.close()
    this.#rooms.delete(room.number)
    this.#failAll(room)
    if (this.#rooms.size > 0) return this.#process?.close(room.number)
    this.#workingSince = undefined
    this.#endPause()
    await this.#process?.stop()
  }
}
