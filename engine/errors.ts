/**
 * What went wrong, for programs. The HTTP door has one table from these to status and OpenAI's `type`;
 * clients see the code itself, so those that OpenAI's clients match keep OpenAI's spelling.
 */
export type ErrorCode =
  // the caller's mistakes
  | 'invalid_json'
  | 'invalid_value'
  | 'invalid_type'
  | 'missing_required_parameter'
  | 'unsupported_parameter'
  | 'context_length_exceeded'
  | 'invalid_api_key'
  | 'model_not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'request_too_large'
  | 'unsupported_media_type'
  // the server's state
  | 'overloaded'
  | 'model_not_ready'
  | 'cancelled'
  | 'deadline_exceeded'
  // the author's mistakes, found when a graph or a configuration is read
  | 'bad_graph'
  | 'bad_configuration'
  | 'bad_model'
  // ours
  | 'invalid_output'
  | 'internal'

/** What is wrong with a graph or configuration file, for programs. */
export type FaultCode =
  // reading
  | 'unreadable'
  | 'too_large'
  | 'syntax'
  | 'duplicate_key'
  | 'invalid_key'
  // one value
  | 'unknown_key'
  | 'missing_key'
  | 'invalid_type'
  | 'invalid_value'
  | 'ignored_key'
  // names
  | 'unknown_name'
  | 'duplicate_name'
  | 'invalid_name'
  // wiring
  | 'unknown_calculator'
  | 'unknown_port'
  | 'missing_port'
  | 'duplicate_port'
  | 'bad_wiring'
  | 'unwritten_stream'
  | 'rewritten_stream'
  | 'missing_side_packet'
  | 'duplicate_side_packet'
  | 'type_mismatch'
  | 'cycle'
  | 'unneeded_back_edge'
  | 'recursive_subgraph'

/** One thing wrong with a graph or configuration file. */
export interface Fault {
  readonly code: FaultCode
  readonly message: string
  readonly file: string
  /** Counted from 1; 0 when the fault has no place in the file. */
  readonly line: number
  readonly column: number
  /** The line's text, for the caret. */
  readonly source?: string
}

export interface ErrorDetails {
  /** Everything wrong with a file that could not be loaded, for `bad_graph` and `bad_configuration`. */
  readonly faults?: readonly Fault[]
  /** The request field at fault, dotted: `messages[2].content`. */
  readonly param?: string
  /** `file:line:column` in a graph or configuration file. */
  readonly where?: string
  /** The node, as named in its graph. */
  readonly node?: string
  readonly calculator?: string
  /** Seconds after which trying again may help. */
  readonly retryAfter?: number
  readonly cause?: unknown
}

/** The one error class. `message` says what is wrong, where, and what to do. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly where: string | undefined
  readonly node: string | undefined
  readonly calculator: string | undefined
  readonly retryAfter: number | undefined
  readonly faults: readonly Fault[]

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.param = details.param
    this.where = details.where
    this.node = details.node
    this.calculator = details.calculator
    this.retryAfter = details.retryAfter
    this.faults = details.faults ?? []
  }
}
