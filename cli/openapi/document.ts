import type { Configuration } from '../configuration/index.ts'
import { version } from '../version.ts'
import { Components } from './components.ts'
import { doorPaths } from './door.ts'
import { endpointPaths } from './endpoints.ts'
import { errorBody, errorComponents } from './errors.ts'

/** What is served, and how. */
export interface ApiDescription {
  readonly configuration: Pick<Configuration, 'models' | 'defaultModel'>
  /** Whether clients must send a key. */
  readonly isSecured: boolean
  /** Whether there is `GET /metrics`. */
  readonly hasMetrics: boolean
}

/**
 * The OpenAPI 3.1 document of what is served: the routes of the models, described by the schemas with which their graphs' calculators
 * check requests, and the door's own.
 */
export function openApiDocument({ configuration, isSecured, hasMetrics }: ApiDescription): object {
  const components = new Components()
  const names = configuration.models.map(({ name }) => name)
  const endpoints = endpointPaths(configuration, components, isSecured)
  const paths = { ...endpoints, ...doorPaths({ names, isSecured, hasMetrics }) }
  return {
    openapi: '3.1.0',
    info: { title: 'ovms-ts', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, description },
    tags,
    ...(isSecured && { security: Object.keys(keys).map((name) => ({ [name]: [] })) }),
    paths,
    components: {
      schemas: { ...components.schemas(), Error: errorBody },
      responses: errorComponents(Object.keys(endpoints), isSecured),
      ...(isSecured && { securitySchemes: keys }),
    },
  }
}

/** The ways to send the key: OpenAI's and Anthropic's. */
const keys = { bearer: { type: 'http', scheme: 'bearer' }, key: { type: 'apiKey', in: 'header', name: 'x-api-key' } }

const description =
  'A model server in which every endpoint is a graph. The same routes are served under /v1, /v3 and /v2. ' +
  'Fields that no schema has are ignored.'

const tags = [
  { name: 'v1', description: "The models' endpoints." },
  { name: 'v3', description: 'The same, under the prefix of OpenVINO Model Server.' },
  { name: 'v2', description: 'The same, beside the health of KServe.' },
  { name: 'server', description: 'Health, metrics, and this document.' },
]
