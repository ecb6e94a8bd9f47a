import type { ZodType } from 'zod'
import type { Host } from './host/index.ts'
import type { Metric } from './metric.ts'

/** A model in memory, shared by all runs. */
export interface Servable {
  /** What graphs receive as input side packets, by tag: `{ LLM, TOKENIZER, CHAT_TEMPLATE }`. */
  readonly sides: Readonly<Record<string, unknown>>
  /** Whether requests would be answered now; false while a host restarts. */
  readonly healthy: boolean
  /** The most tokens that a request and its answer may have, where there is such a length. */
  readonly maxModelLength?: number
  /** Elements of the vectors that it makes of texts, if it does. */
  readonly hiddenSize?: number
  /** What it tells of itself now. */
  readonly metrics?: readonly Metric[]
  dispose(): Promise<void>
}

/** Where a load stands. `done` and `total` count bytes or steps, whichever the phase knows. */
export interface Progress {
  readonly phase: string
  readonly done: number
  readonly total: number
}

export interface LoadContext {
  /** The name by which clients ask for the model. */
  readonly name: string
  /** The directory with the model's files, absolute. */
  readonly path: string
  /** Where its model is to be opened: a host of its own, or one that it shares. */
  readonly host: Host
  /** Intra-op threads for its sessions, unless its options say. */
  readonly threads: number
  /** Bytes that its requests may take at most, where it depends on them how many, unless its options say. */
  readonly memory: number
  /** Structured log line; `fields` are merged into it. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void
  progress(progress: Progress): void
  readonly signal: AbortSignal
}

/** A kind says how a directory becomes side packets. One file per kind; `servables/index.ts` has the table of all. */
export interface ServableKind<P = unknown> {
  /** OVMS's task name: `text_generation`, `embeddings`, … */
  readonly name: string
  /** The side packets it offers: tag → the name of its packet type. */
  readonly offers: Readonly<Record<string, string>>
  readonly options: ZodType<P>
  /** The names of all metrics that its servables may tell. */
  readonly metrics?: readonly string[]
  /** Route → graph, for a model without a `graph.yaml`. */
  readonly endpoints: Readonly<Record<string, string>>
  /** What `detect` looks for, as the end of a sentence. */
  readonly looksFor: string
  /** Whether the directory looks like one of this kind. */
  detect(path: string): Promise<boolean>
  load(context: LoadContext, options: P): Promise<Servable>
}
