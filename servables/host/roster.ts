/** Being at work in so many crashes makes a job suspect. */
const SUSPICIOUS = 2
/** A suspect that gets so far alone, in events, is past the point at which it was suspected. */
const CLEARED = 32

/** A job, and what is known of it. */
export interface Ticket<J> {
  readonly job: J
  /** The number under which it runs in the process; undefined while it waits. */
  number: number | undefined
  /** Whether the process is known to have begun work on it. */
  started: boolean
  /** Events since it was last submitted. */
  events: number
  /** Crashes in which it was at work. */
  crashes: number
}

/**
 * Decides which jobs a host runs, by who was at work when it died. A job that was at work in two crashes is tried alone, and all
 * others wait, whatever model they are for: if it kills again it is guilty, and the others are cleared; if it gets on, the next
 * suspect is tried. Knows nothing of processes.
 */
export class Roster<J> {
  readonly #waiting = new Set<Ticket<J>>()
  readonly #running = new Map<number, Ticket<J>>()
  #trial: Ticket<J> | undefined
  #lastNumber = 0

  /** A new job waits until `next` says that it may run. */
  add(job: J): Ticket<J> {
    const ticket = { job, number: undefined, started: false, events: 0, crashes: 0 }
    this.#waiting.add(ticket)
    return ticket
  }

  /** Forgets a job. False when it was forgotten before. */
  remove(ticket: Ticket<J>): boolean {
    if (this.#trial === ticket) this.#trial = undefined
    return this.#waiting.delete(ticket) || (ticket.number !== undefined && this.#running.delete(ticket.number))
  }

  /** Forgets some jobs; returns them, those that run first. */
  clear(isMeant: (job: J) => boolean): J[] {
    const tickets = [...this.#running.values(), ...this.#waiting].filter(({ job }) => isMeant(job))
    for (const ticket of tickets) this.remove(ticket)
    return tickets.map(({ job }) => job)
  }

  /** The job that runs under a number. */
  running(number: number): Ticket<J> | undefined {
    return this.#running.get(number)
  }

  /** The jobs to submit now, of those that can run. Each runs under a number that no job had before. */
  next(canRun: (job: J) => boolean): Ticket<J>[] {
    if (this.#trial !== undefined) return []
    const tickets = [...this.#waiting].filter(({ job }) => canRun(job))
    this.#trial = tickets.find(({ crashes }) => crashes >= SUSPICIOUS)
    return (this.#trial === undefined ? tickets : [this.#trial]).map((ticket) => this.#run(ticket))
  }

  started(numbers: readonly number[]): void {
    for (const number of numbers) {
      const ticket = this.#running.get(number)
      if (ticket !== undefined) ticket.started = true
    }
  }

  /** Counts an event. True when that clears a suspect, so that others may run. */
  advanced(ticket: Ticket<J>): boolean {
    ticket.started = true
    ticket.events++
    if (this.#trial !== ticket || ticket.events < CLEARED) return false
    ticket.crashes = 0
    this.#trial = undefined
    return true
  }

  /** The process died: all its jobs wait again, except a guilty one, which is forgotten and returned. */
  crashed(): J | undefined {
    const guilty = this.#running.size === 1 ? this.#trial : undefined
    if (guilty === undefined) this.#suspect()
    else this.remove(guilty)
    this.#trial = undefined
    for (const ticket of this.#running.values())
      this.#waiting.add(Object.assign(ticket, { number: undefined, started: false, events: 0 }))
    this.#running.clear()
    if (guilty !== undefined) for (const ticket of this.#waiting) ticket.crashes = 0
    return guilty?.job
  }

  /** Those at work are suspected; of a process that did not say who was, all it had. */
  #suspect(): void {
    const running = [...this.#running.values()]
    const atWork = running.filter(({ started }) => started)
    for (const ticket of atWork.length > 0 ? atWork : running) ticket.crashes++
  }

  #run(ticket: Ticket<J>): Ticket<J> {
    this.#waiting.delete(ticket)
    ticket.number = ++this.#lastNumber
    this.#running.set(ticket.number, ticket)
    return ticket
  }
}
