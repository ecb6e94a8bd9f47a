import type { EngineError } from '../../engine/index.ts'
import type { LoadContext } from '../servable.ts'

/** Work for a model that survives the death of its host's process. */
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

export interface TenantOptions<Init> extends Pick<LoadContext, 'name' | 'log' | 'signal'> {
  /** A name in `kinds.ts`. */
  readonly kind: string
  readonly init: Init
  /** Told about the first load only: a restart is not a load that anybody waits for with a bar. */
  readonly progress: LoadContext['progress']
}

/**
 * A model in a host, kept alive there: when the process dies, the model is opened in the next one and jobs go on, each submitted
 * again with a fresh `command()`. Events on their way from a process that dies are lost, so `command()` alone tells the truth.
 */
export interface Tenant<Command, Event, Message, Info, Stats = unknown> {
  /** What the kind told when it opened the model. */
  readonly info: Info
  /**
   * What the kind told last of its work, half a second ago at most; undefined while the process restarts. Counts begin anew
   * with each process.
   */
  readonly stats: Stats | undefined
  /** Whether jobs are worked on now; false while the process restarts. */
  readonly healthy: boolean
  /** Of the process; changes with every restart. */
  readonly pid: number | undefined
  /** Times that the process died and was started again. */
  readonly restarts: number
  /** Takes a job on; it waits while the process restarts. */
  submit(job: Job<Command, Event>): JobHandle<Message>
  /** Fails all its jobs and frees the model; the process ends with the last of its tenants. */
  dispose(): Promise<void>
}
