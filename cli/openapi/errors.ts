import { STATUS_CODES } from 'node:http'
import type { ErrorCode } from '../../engine/index.ts'
import { type ErrorShape, errorShapeOf, httpErrors } from '../http/index.ts'
import type { JsonSchema } from './json-schema.ts'

/** Codes that no request of an endpoint is answered with: those of the door's other answers, and the one that nobody reads. */
const elsewhere: ReadonlySet<ErrorCode> = new Set(['method_not_allowed', 'cancelled'])

const codes = (Object.keys(httpErrors) as ErrorCode[]).filter((code) => !elsewhere.has(code))

/** What a request's answer says of itself, whatever it is. */
export const commonHeaders = {
  'x-request-id': { description: 'As the request had it, or one made for it.', required: true, schema: { type: 'string' } },
}

const headersOf: Readonly<Record<number, object>> = {
  401: { 'www-authenticate': { schema: { const: 'Bearer' } } },
  503: { 'retry-after': { description: 'Seconds.', schema: { type: 'integer', minimum: 0 } } },
}

/** Every refusal that clients may get at these paths, as a response, by its name among the document's components. */
export function errorComponents(paths: readonly string[], isSecured: boolean) {
  const apis = [...new Set<Api>(['openai', ...paths.map(apiOf)])]
  const statuses = statusesOf(codesOf(isSecured))
  return Object.fromEntries(apis.flatMap((api) => statuses.map((status) => [nameOf(status, api), errorResponse(status, api)])))
}

/** The refusals with these codes, by status. */
export const errorsOf = (...chosen: readonly ErrorCode[]) => refusals(chosen, 'openai')

/** All refusals that a POST to an endpoint's path may get. */
export const endpointErrors = (path: string, isSecured: boolean) => refusals(codesOf(isSecured), apiOf(path))

const refusals = (chosen: readonly ErrorCode[], api: Api) =>
  Object.fromEntries(statusesOf(chosen).map((status) => [status, { $ref: `#/components/responses/${nameOf(status, api)}` }]))

type Api = ErrorShape['api']

const apiOf = (path: string) => errorShapeOf(path).api

const bodySchemas: Readonly<Record<Api, (possible: readonly ErrorCode[]) => JsonSchema>> = {
  openai: openaiBody,
  anthropic: anthropicBody,
  cohere: cohereBody,
}

/** OpenAI's error object. */
export const errorBody = openaiBody(codes)

const codesOf = (isSecured: boolean) => codes.filter((code) => isSecured || code !== 'invalid_api_key')

const statusesOf = (chosen: readonly ErrorCode[]) => [...new Set(chosen.map((code) => httpErrors[code].status))]

const nameOf = (status: number, api: Api) =>
  (api === 'openai' ? '' : api) + (STATUS_CODES[status] ?? String(status)).replaceAll(/\W/g, '')

function errorResponse(status: number, api: Api): object {
  const schema = bodySchemas[api](codes.filter((code) => httpErrors[code].status === status))
  return {
    description: STATUS_CODES[status] ?? String(status),
    headers: { ...commonHeaders, ...headersOf[status] },
    content: { 'application/json': { schema } },
  }
}

function openaiBody(possible: readonly ErrorCode[]): JsonSchema {
  const error = {
    type: 'object',
    properties: {
      message: { description: 'What is wrong, where, and what to do.', type: 'string' },
      type: { enum: [...new Set(possible.map((code) => httpErrors[code].type))] },
      param: { description: "The request's field at fault.", type: ['string', 'null'] },
      code: { enum: possible },
    },
    required: ['message', 'type', 'param', 'code'],
    additionalProperties: false,
  }
  return { type: 'object', properties: { error }, required: ['error'], additionalProperties: false }
}

/** OpenAI's, with what Cohere's clients read. */
function cohereBody(possible: readonly ErrorCode[]): JsonSchema {
  const { properties, ...rest } = openaiBody(possible)
  return {
    ...rest,
    properties: { id: { type: 'string' }, message: { type: 'string' }, ...(properties as object) },
    required: ['id', 'message', 'error'],
  }
}

function anthropicBody(possible: readonly ErrorCode[]): JsonSchema {
  const error = {
    type: 'object',
    properties: {
      type: { enum: [...new Set(possible.map((code) => httpErrors[code].anthropic))] },
      message: { description: 'What is wrong, where, and what to do.', type: 'string' },
    },
    required: ['type', 'message'],
    additionalProperties: false,
  }
  return {
    type: 'object',
    properties: { type: { const: 'error' }, error, request_id: { type: 'string' } },
    required: ['type', 'error', 'request_id'],
    additionalProperties: false,
  }
}
