import { didYouMean, EngineError, Graph } from '../engine/index.ts'
import type { Repository } from '../servables/index.ts'
import type { Configuration, ConfiguredModel } from './configuration/index.ts'

/** What answers a request: a graph, and what it gets as side packets. */
export interface Endpoint {
  readonly model: string
  readonly graph: Graph
  readonly sides: Readonly<Record<string, unknown>>
}

export interface Endpoints {
  /** Every route that some model answers. */
  readonly routes: ReadonlySet<string>
  /**
   * Who answers `route` for `model`. When a request names none, the default model is meant, or if that answers other routes, the only
   * one that answers this. A model without a route for a version of an API, `v1/rerank`, answers by its route for all, `rerank`.
   * Throws `missing_required_parameter`, `model_not_found`, `model_not_ready`, or `invalid_value` when the model answers other routes.
   */
  find(route: string, model: string | undefined): Endpoint
}

/** Joins configuration and repository: (route, model) → graph and side packets. */
export function createEndpoints(
  { models, defaultModel }: Configuration,
  repository: Pick<Repository, 'sides'>,
  /** Routes that are known also when no model answers them, so that a wrong model is told from a wrong route. */
  knownRoutes: Iterable<string> = [],
): Endpoints {
  const byName = new Map(models.map((model) => [model.name, { model, graphs: graphsOf(model) }]))
  const names = models.map(({ name }) => name)
  const unnamedFor = (route: string): string | undefined => {
    const usual = models.find(({ name }) => name === defaultModel)?.endpoints
    if (!usual || usual.size === 0 || answers(usual, route)) return defaultModel
    const [only, ...more] = models.filter(({ endpoints }) => answers(endpoints, route))
    return only && more.length === 0 ? only.name : defaultModel
  }
  return {
    routes: new Set([...models.flatMap(({ endpoints }) => [...endpoints.keys()]), ...knownRoutes]),
    find(route, asked) {
      const name = asked ?? unnamedFor(route)
      if (name === undefined) throw noModel(names)
      const found = byName.get(name)
      if (!found) throw unknownModel(name, names)
      // First: of a model that failed to load, its routes may be unknown too.
      const sides = repository.sides(name)
      const graph = found.graphs.get(route) ?? found.graphs.get(withoutVersion(route))
      if (!graph) throw otherRoutes(route, found.model)
      return { model: name, graph, sides }
    },
  }
}

const withoutVersion = (route: string) => route.replace(/^v\d\//, '')

const answers = (endpoints: ConfiguredModel['endpoints'], route: string) =>
  endpoints.has(route) || endpoints.has(withoutVersion(route))

const graphsOf = ({ endpoints }: ConfiguredModel) => new Map([...endpoints].map(([route, plan]) => [route, new Graph(plan)]))

const noModel = (names: readonly string[]) =>
  new EngineError('missing_required_parameter', `model is required; it is one of: ${names.join(', ')}.`, { param: 'model' })

/** The refusal of a model that isn't served. */
export const unknownModel = (name: string, names: readonly string[]) =>
  new EngineError(
    'model_not_found',
    `The model ${JSON.stringify(name.slice(0, 200))} does not exist${didYouMean(name, names) || `. Served: ${names.join(', ') || 'none'}.`}`,
    { param: 'model' },
  )

const otherRoutes = (route: string, { name, endpoints }: ConfiguredModel) =>
  new EngineError(
    'invalid_value',
    `The model ${name} doesn't answer ${route}. It answers: ${[...endpoints.keys()].join(', ') || 'nothing'}.`,
    { param: 'model' },
  )
