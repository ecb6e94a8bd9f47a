import { type ToldSchema, toldSchemas } from '../../calculators/index.ts'
import type { Configuration } from '../configuration/index.ts'
import type { Components } from './components.ts'
import { commonHeaders, endpointErrors } from './errors.ts'
import type { JsonSchema, ModelField } from './json-schema.ts'

/** Where every endpoint is served. */
const versions = ['v1', 'v3', 'v2']

/** The paths of all endpoints of all models: what their graphs' nodes tell. */
export function endpointPaths({ models, defaultModel }: Served, components: Components, isSecured: boolean) {
  const routes = new Set(models.flatMap(({ endpoints }) => [...endpoints.keys()]).sort())
  return Object.fromEntries(
    versions.flatMap((version) =>
      [...routes].flatMap((route) => {
        const path = pathOf(version, route, routes)
        if (path === undefined) return []
        const answering = models.filter(({ endpoints }) => endpoints.has(route))
        const model = { names: answering.map(({ name }) => name), required: defaultModel === undefined }
        const told = answering.map(({ endpoints }) => toldSchemas(endpoints.get(route)!.nodes))
        const post = {
          tags: [version],
          operationId: `${version}_${route.replaceAll(/\W+/g, '_')}`,
          summary: route,
          description: `Answered by: ${model.names.join(', ')}.`,
          requestBody: { required: true, content: requestContent(told, model, components) },
          responses: {
            200: { description: 'The answer.', headers: commonHeaders, content: answerContent(told, components) },
            ...endpointErrors(path, isSecured),
          },
        }
        return [[path, { post }]]
      }),
    ),
  )
}

/**
 * Where a route is answered under a prefix. `/v1/embed` is the route `v1/embed`, if there is one, and `embed` is elsewhere then; below
 * other prefixes than its own, a route that begins with one is as clients build it who take `/v3` for the server.
 */
function pathOf(version: string, route: string, routes: ReadonlySet<string>): string | undefined {
  if (route.startsWith(`${version}/`)) return `/${route}`
  if (routes.has(`${version}/${route}`)) return undefined
  if (/^v[12]\//.test(route) && version !== 'v3') return undefined
  return `/${version}/${route}`
}

type Served = Pick<Configuration, 'models' | 'defaultModel'>
type Told = ReturnType<typeof toldSchemas>

/** A graph that tells nothing of its requests may take any object, and forms. */
function requestContent(told: readonly Told[], model: ModelField, components: Components) {
  const schemas = told.map(({ request }) => components.request(request, model))
  const json = { 'application/json': { schema: oneOf(schemas) } }
  return told.every(({ request }) => request)
    ? json
    : { ...json, 'multipart/form-data': { schema: components.request(undefined, model) } }
}

/** A graph that tells nothing of its answers may give anything: pictures, texts. */
function answerContent(told: readonly Told[], components: Components) {
  const responses = told.flatMap(({ response }) => (response ? [components.answer(response, '')] : []))
  const events = told.flatMap(({ event, lastEvent }) => (event ? [eventSchema(event, lastEvent, components)] : []))
  return {
    ...(responses.length > 0 && { 'application/json': { schema: oneOf(responses) } }),
    ...(events.length > 0 && { 'text/event-stream': { schema: oneOf(events) } }),
    ...(told.some(({ response, event }) => !response && !event) && { '*/*': {} }),
  }
}

/** One server-sent event, as OpenAPI describes a stream by its events. A failure comes as an event, too. */
function eventSchema(event: ToldSchema, lastEvent: ToldSchema | undefined, components: Components): JsonSchema {
  const contentSchema = { anyOf: [components.answer(event, 'Event'), { $ref: '#/components/schemas/Error' }] }
  const data: JsonSchema = { type: 'string', contentMediaType: 'application/json', contentSchema }
  return {
    type: 'object',
    properties: { event: { type: 'string' }, data: lastEvent ? { anyOf: [components.plain(lastEvent), data] } : data },
    required: ['data'],
  }
}

function oneOf(schemas: readonly JsonSchema[]): JsonSchema {
  const different = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]))
  return different.size === 1 ? schemas[0]! : { anyOf: [...different.values()] }
}
