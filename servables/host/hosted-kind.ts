import type { EngineError } from '../../engine/index.ts'
import type { LoadContext, Progress } from '../servable.ts'

/** What a kind may say from inside its host process. */
export interface Channel<Event> {
  readonly log: LoadContext['log']
  /** Where the load stands; of no effect once `open` has resolved. */
  progress(progress: Progress): void
  /** Says that work on these jobs begins: should the process die now, they are the suspects, and jobs that only wait are not. */
  started(jobs: readonly number[]): void
  /** Sends events, of one job or many, as one message. Order per job is kept. */
  emit(events: readonly (readonly [job: number, event: Event])[]): void
  /** Ends a job with an error. */
  fail(job: number, error: EngineError): void
}

/** An opened model inside its host process. */
export interface Hosted<Command, Message, Info, Stats = unknown> {
  /** What the serving process needs to know about the model; structured-cloneable. */
  readonly info: Info
  /** Begins a job. A throw fails that job alone. */
  submit(job: number, command: Command): void
  /** Delivers a message to a running job; one for a job that has ended is to be ignored. */
  send(job: number, message: Message): void
  /** Whether work that should be moving is moving; asked at every ping, and a host that says no for long is killed. */
  responsive?(): boolean
  /** Where the model's work stands, for metrics; asked at every ping. Structured-cloneable. */
  stats?(): Stats
  /** Stops all work and frees the model. */
  dispose(): Promise<void>
}

/** The side of a kind that runs in host processes. `kinds.ts` has the table of all. */
export interface HostedKind<Init, Command, Event, Message, Info, Stats = unknown> {
  /** Loads the model. A rejection is the reason that the serving process reports; an EngineError keeps its code. */
  open(init: Init, channel: Channel<Event>): Promise<Hosted<Command, Message, Info, Stats>>
}
