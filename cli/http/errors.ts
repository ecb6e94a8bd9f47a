import { EngineError, type ErrorCode } from '../../engine/index.ts'

/** The one table from what went wrong to what HTTP says: the status, OpenAI's `type`, and Anthropic's. */
export const httpErrors: Readonly<
  Record<ErrorCode, { readonly status: number; readonly type: string; readonly anthropic: string }>
> = {
  invalid_json: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  invalid_value: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  invalid_type: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  missing_required_parameter: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error', anthropic: 'authentication_error' },
  model_not_found: { status: 404, type: 'not_found_error', anthropic: 'not_found_error' },
  route_not_found: { status: 404, type: 'not_found_error', anthropic: 'not_found_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error', anthropic: 'request_too_large' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error', anthropic: 'invalid_request_error' },
  // Nobody is left to read it; the number is for the log.
  cancelled: { status: 499, type: 'server_error', anthropic: 'api_error' },
  overloaded: { status: 503, type: 'server_error', anthropic: 'overloaded_error' },
  model_not_ready: { status: 503, type: 'server_error', anthropic: 'overloaded_error' },
  deadline_exceeded: { status: 504, type: 'server_error', anthropic: 'timeout_error' },
  bad_graph: { status: 500, type: 'server_error', anthropic: 'api_error' },
  bad_configuration: { status: 500, type: 'server_error', anthropic: 'api_error' },
  bad_model: { status: 500, type: 'server_error', anthropic: 'api_error' },
  invalid_output: { status: 500, type: 'server_error', anthropic: 'api_error' },
  internal: { status: 500, type: 'server_error', anthropic: 'api_error' },
}

/** How an API tells its clients what went wrong. */
export interface ErrorShape {
  readonly api: 'openai' | 'anthropic' | 'cohere'
  /** The body of a refusal. */
  body(told: Told): object
  /** The server-sent event that ends a stream; `sent` pieces of it have gone before. */
  event(told: Told, sent: number): string
  /** The header by which its clients learn a request's id. */
  readonly requestIdHeader: string
}

/** What a client may read of an error. */
interface Told {
  readonly code: ErrorCode
  readonly message: string
  readonly param: string | null
  readonly requestId: string
}

const openai: ErrorShape = {
  api: 'openai',
  body: ({ message, param, code }) => ({ error: { message, type: httpErrors[code].type, param, code } }),
  event: (told) => `data: ${JSON.stringify(openai.body(told))}\n\n`,
  requestIdHeader: 'x-request-id',
}

/** A refusal is OpenAI's as any; in its events an error is one of them. */
const responses: ErrorShape = {
  ...openai,
  event: ({ code, message, param }, sequence_number) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number, code, message, param })}\n\n`,
}

const anthropic: ErrorShape = {
  api: 'anthropic',
  body: ({ code, message, requestId: request_id }) => ({
    type: 'error',
    error: { type: httpErrors[code].anthropic, message },
    request_id,
  }),
  event: (told) => `event: error\ndata: ${JSON.stringify(anthropic.body(told))}\n\n`,
  requestIdHeader: 'request-id',
}

/** Cohere's clients read `message`; others that ask on the same routes read OpenAI's `error`. */
const cohere: ErrorShape = {
  ...openai,
  api: 'cohere',
  body: (told) => ({ id: told.requestId, message: told.message, ...openai.body(told) }),
}

/** Every route, with those below it, whose errors have another shape than OpenAI's. */
const shapes: ReadonlyMap<string, ErrorShape> = new Map([
  ['messages', anthropic],
  ['responses', responses],
])

/** Cohere's routes, by the paths that its clients build, also on `/v3`. */
const coherePath = /^\/(v[123]\/)?v[12]\/(embed|rerank)$/

/** The shape that errors have at a path, whether or not anything is served there: `/v1/messages`. */
export function errorShapeOf(path: string): ErrorShape {
  if (coherePath.test(path)) return cohere
  return shapes.get(/^\/v[123]\/([^/]+)/.exec(path)?.[1] ?? '') ?? openai
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
export function tellError(error: EngineError, requestId: string): Told {
  const { code } = error
  const hidden = httpErrors[code].status === 500 && (!shown.has(code) || error.cause !== undefined)
  const message = hidden ? `The server failed to answer; its log has the reason under request id ${requestId}.` : error.message
  return { code, message, param: error.param ?? null, requestId }
}

/** The refusal as a response, in the shape that errors have at `path`. */
export function errorResponse(
  error: EngineError,
  requestId: string,
  path = '',
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = new Headers({ 'content-type': 'application/json', ...more })
  if (error.retryAfter !== undefined) headers.set('retry-after', String(Math.ceil(error.retryAfter)))
  if (error.code === 'invalid_api_key') headers.set('www-authenticate', 'Bearer')
  const body = errorShapeOf(path).body(tellError(error, requestId))
  return new Response(JSON.stringify(body), { status: httpErrors[error.code].status, headers })
}
