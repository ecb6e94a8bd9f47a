import { docsFiles } from '../http/index.ts'
import { commonHeaders, errorsOf } from './errors.ts'
import type { JsonSchema } from './json-schema.ts'

/** What the door itself answers. */
export function doorPaths({
  names,
  isSecured,
  hasMetrics,
}: {
  names: readonly string[]
  isSecured: boolean
  hasMetrics: boolean
}) {
  const refusals = isSecured ? errorsOf('invalid_api_key') : {}
  const list = (version: string) =>
    get(`${version}_models`, 'models', version, 'All models, and in what state they are.', {
      ...ok('application/json', listOf(model)),
      ...refusals,
    })
  const models = ['v1', 'v3'].flatMap((version) => [
    [`/${version}/models`, list(version)],
    [
      `/${version}/models/{id}`,
      {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 }, examples: examplesOf(names) },
        ],
        ...get(`${version}_model`, 'models/{id}', version, 'One model.', {
          ...ok('application/json', model),
          ...refusals,
          ...errorsOf('model_not_found'),
        }),
      },
    ],
  ])
  return {
    ...Object.fromEntries(models),
    '/v2/models': list('v2'),
    '/health': open(get('health', 'health', 'server', 'Whether requests are taken now.', readiness)),
    '/v2/health/ready': open(get('v2_health_ready', 'health/ready', 'server', 'Whether requests are taken now.', readiness)),
    '/v2/health/live': open(
      get('v2_health_live', 'health/live', 'server', 'Whether the server lives.', ok('application/json', state('live'))),
    ),
    ...(hasMetrics && {
      '/metrics': get('metrics', 'metrics', 'server', "Counts and times, for Prometheus's scrapes.", {
        ...ok('text/plain', { type: 'string' }),
        ...refusals,
      }),
    }),
    '/openapi.json': open(get('openapi', 'openapi.json', 'server', 'This document.', ok('application/json', { type: 'object' }))),
    ...filePaths(),
    '/docs': open(get('docs', 'docs', 'server', 'This document in Swagger UI.', page)),
    '/redoc': open(get('redoc', 'redoc', 'server', 'This document in Redoc.', page)),
  }
}

/** What the pages load, as one path for each page. */
function filePaths() {
  const files = Object.keys(docsFiles).filter((path) => path.lastIndexOf('/') > 0)
  const folders = [...new Set(files.map((path) => path.slice(1, path.lastIndexOf('/'))))]
  return Object.fromEntries(
    folders.map((folder) => {
      const names = files.filter((path) => path.startsWith(`/${folder}/`)).map((path) => path.slice(folder.length + 2))
      const parameters = [{ name: 'file', in: 'path', required: true, schema: { type: 'string', enum: names } }]
      const responses = { ...ok('*/*', {}), ...errorsOf('route_not_found') }
      const operation = get(`${folder}_file`, `${folder}/{file}`, 'server', 'What the page loads.', responses)
      return [`/${folder}/{file}`, { parameters, ...open(operation) }]
    }),
  )
}

const get = (operationId: string, summary: string, tag: string, description: string, responses: object) => ({
  get: { tags: [tag], operationId, summary, description, responses },
})

/** Asked without a key. */
const open = ({ get }: { get: object }) => ({ get: { ...get, security: [] } })

const ok = (mediaType: string, schema: JsonSchema) => ({
  200: { description: 'The answer.', headers: commonHeaders, content: { [mediaType]: { schema } } },
})

const page = ok('text/html', { type: 'string' })

const state = (name: string): JsonSchema => ({
  type: 'object',
  properties: { status: { const: name } },
  required: ['status'],
  additionalProperties: false,
})

const readiness = {
  ...ok('application/json', state('ready')),
  503: {
    description: 'Not now: models load, or the server stops.',
    headers: commonHeaders,
    content: { 'application/json': { schema: state('not ready') } },
  },
}

const model: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    object: { const: 'model' },
    created: { description: 'Seconds since 1970.', type: 'integer' },
    owned_by: { type: 'string' },
    max_model_len: { description: 'The most tokens that a request and its answer may have.', type: 'integer' },
    meta_data: {
      description: 'The lengths by other names; 0: none.',
      type: 'object',
      properties: {
        max_sequence_length: { type: 'integer' },
        hidden_size: { description: 'Elements of its vectors, where it makes them of texts.', type: 'integer' },
        max_output_length: { type: 'integer' },
      },
      required: ['max_sequence_length', 'hidden_size', 'max_output_length'],
      additionalProperties: false,
    },
    state: { description: 'AVAILABLE: it answers.', enum: ['START', 'LOADING', 'AVAILABLE', 'FAILED'] },
    reason: { description: 'Why it does not answer.', type: 'string' },
  },
  required: ['id', 'object', 'created', 'owned_by', 'state'],
  additionalProperties: false,
}

const listOf = (items: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { object: { const: 'list' }, data: { type: 'array', items } },
  required: ['object', 'data'],
  additionalProperties: false,
})

const examplesOf = (names: readonly string[]) => Object.fromEntries(names.map((value, index) => [`model${index + 1}`, { value }]))
