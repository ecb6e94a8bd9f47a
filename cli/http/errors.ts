import { EngineError, type ErrorCode } from '../../engine/index.ts'

/** The one table from what went wrong to what HTTP says: the status, and OpenAI's `type`. */
export const httpErrors: Readonly<Record<ErrorCode, { readonly status: number; readonly type: string }>> = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_value: { status: 400, type: 'invalid_request_error' },
  invalid_type: { status: 400, type: 'invalid_request_error' },
  missing_required_parameter: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  model_not_found: { status: 404, type: 'not_found_error' },
  route_not_found: { status: 404, type: 'not_found_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  // Nobody is left to read it; the number is for the log.
  cancelled: { status: 499, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
  model_not_ready: { status: 503, type: 'server_error' },
  deadline_exceeded: { status: 504, type: 'server_error' },
  bad_graph: { status: 500, type: 'server_error' },
  bad_configuration: { status: 500, type: 'server_error' },
  bad_model: { status: 500, type: 'server_error' },
  invalid_output: { status: 500, type: 'server_error' },
  internal: { status: 500, type: 'server_error' },
}

/** OpenAI's error object, the body of every refusal and the data of an error event. */
export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: ErrorCode
  }
}

/** Whatever was thrown, as an EngineError: what is not one is ours to answer for. */
export const asEngineError = (error: unknown): EngineError =>
  error instanceof EngineError ? error : new EngineError('internal', 'unexpected failure', { cause: error })

/** Failures of ours whose words are for clients. */
const shown: ReadonlySet<ErrorCode> = new Set(['internal', 'invalid_output'])

/**
 * What a client may read of an error. A failure of ours that has a cause may name files and values that are none of the
 * client's business: its words go to the log, under the same request id.
 */
export function errorBody(error: EngineError, requestId: string): ErrorBody {
  const { status, type } = httpErrors[error.code]
  const hidden = status === 500 && (!shown.has(error.code) || error.cause !== undefined)
  const message = hidden ? `The server failed to answer; its log has the reason under request id ${requestId}.` : error.message
  return { error: { message, type, param: error.param ?? null, code: error.code } }
}

/** The refusal as a response. */
export function errorResponse(error: EngineError, requestId: string, more: Readonly<Record<string, string>> = {}): Response {
  const headers = new Headers({ 'content-type': 'application/json', ...more })
  if (error.retryAfter !== undefined) headers.set('retry-after', String(Math.ceil(error.retryAfter)))
  if (error.code === 'invalid_api_key') headers.set('www-authenticate', 'Bearer')
  return new Response(JSON.stringify(errorBody(error, requestId)), { status: httpErrors[error.code].status, headers })
}
