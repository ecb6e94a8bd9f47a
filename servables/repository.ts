import { availableParallelism } from 'node:os'
import { EngineError } from '../engine/index.ts'
import { Host } from './host/index.ts'
import { memoryForRequests, usableMemory } from './memory.ts'
import type { Metric } from './metric.ts'
import type { LoadContext, Progress, Servable, ServableKind } from './servable.ts'
import { threadsPerHost } from './threads.ts'

/** A part of a model: loaded from files, or all that another model has. */
export type ServableSource = LoadedSource | { readonly model: string }

interface LoadedSource {
  readonly kind: string
  readonly path: string
  readonly options: unknown
  /** The name of the host that it shares with the others that name it; undefined: it has one of its own. */
  readonly host?: string | undefined
}

/** Where a side packet comes from when its tag alone doesn't tell. */
export interface SidePick {
  readonly servable: string
  readonly tag: string
}

/** A model, as configured: what is loaded for it, and which side packets its graphs get. */
export interface ModelDefinition {
  /** The name by which clients ask for it. */
  readonly name: string
  readonly servables: Readonly<Record<string, ServableSource>>
  /** By the tag that graphs ask for. */
  readonly sidePackets: Readonly<Record<string, SidePick>>
  /** Why it can't be loaded, where reading its files has already told. */
  readonly broken?: string | undefined
}

/** OVMS's words for where a model is in its life, and FAILED. */
export type ModelState = 'START' | 'LOADING' | 'AVAILABLE' | 'FAILED'

export interface ModelStatus {
  readonly name: string
  readonly state: ModelState
  /** Why it failed. */
  readonly reason?: string
  /** Whether requests would be answered now; while a host restarts they wait, and the model is LOADING again. */
  readonly healthy: boolean
  /** The most tokens that a request and its answer may have, once that is known. */
  readonly maxModelLength?: number
  /** Elements of the vectors that it makes of texts, if it does. */
  readonly hiddenSize?: number
}

export interface RepositoryOptions {
  readonly kinds: Readonly<Record<string, ServableKind>>
  /** `model` is a model's name, or that of a host that several share. */
  log(model: string, ...line: Parameters<LoadContext['log']>): void
  progress(model: string, progress: Progress): void
}

interface Model {
  readonly definition: ModelDefinition
  /** Those of its own; another model's are that model's to dispose of. */
  readonly loaded: Servable[]
  state: ModelState
  reason?: string
  sides: Readonly<Record<string, unknown>>
}

/** The loaded models. Each servable is loaded once, whoever shares it; a model that fails leaves the others alone. */
export class Repository {
  readonly #models: ReadonlyMap<string, Model>
  readonly #options: RepositoryOptions
  /** Those that servables share, by name. */
  readonly #hosts = new Map<string, Host>()
  readonly #threads: number
  readonly #memory: number

  constructor(definitions: readonly ModelDefinition[], options: RepositoryOptions) {
    this.#models = new Map(
      definitions.map((definition) => [definition.name, { definition, loaded: [], state: 'START', sides: {} }]),
    )
    this.#options = options
    this.#threads = threadsPerHost(availableParallelism(), hostsOf(definitions))
    this.#memory = memoryForRequests(usableMemory(), loadedBy(definitions).length)
  }

  /** Loads every model, one after the other, until the signal is aborted. A failure becomes the model's state; nothing is thrown. */
  async load(signal: AbortSignal): Promise<void> {
    for (const model of this.#models.values()) if (!signal.aborted) await this.#load(model, signal)
  }

  /** In the order of the configuration. */
  statuses(): ModelStatus[] {
    return [...this.#models.values()].map((model) => this.#status(model))
  }

  status(name: string): ModelStatus | undefined {
    const model = this.#models.get(name)
    return model && this.#status(model)
  }

  /** The model's side packets, by tag. Throws `model_not_found`, or `model_not_ready` with the reason. */
  sides(name: string): Readonly<Record<string, unknown>> {
    const model = this.#models.get(name)
    if (!model) throw new EngineError('model_not_found', `There is no model ${JSON.stringify(name)}.`, { param: 'model' })
    if (model.state === 'AVAILABLE') return model.sides
    if (model.state === 'FAILED') throw new EngineError('model_not_ready', `The model ${name} failed to load: ${model.reason}`)
    throw new EngineError('model_not_ready', `The model ${name} is still loading; try again.`, { retryAfter: 1 })
  }

  /** What each loaded model tells of itself, by its name. */
  metrics(): ReadonlyMap<string, readonly Metric[]> {
    return new Map(Array.from(this.#models, ([name, { loaded }]) => [name, loaded.flatMap(({ metrics = [] }) => metrics)]))
  }

  /** Ends every model, the last one loaded first. What fails to end is logged, and the others still end. */
  async dispose(): Promise<void> {
    for (const model of [...this.#models.values()].reverse()) await this.#unload(model)
  }

  #status(model: Model): ModelStatus {
    const { definition, state, reason, loaded } = model
    const healthy = this.#isHealthy(model)
    const told = state === 'AVAILABLE' && !healthy ? 'LOADING' : state
    const maxModelLength = loaded.find((servable) => servable.maxModelLength !== undefined)?.maxModelLength
    const hiddenSize = loaded.find((servable) => servable.hiddenSize !== undefined)?.hiddenSize
    return {
      name: definition.name,
      state: told,
      ...(reason !== undefined && { reason }),
      healthy,
      ...(maxModelLength !== undefined && { maxModelLength }),
      ...(hiddenSize !== undefined && { hiddenSize }),
    }
  }

  /** With those whose servables it shares. */
  #isHealthy({ definition, state, loaded }: Model): boolean {
    const others = Object.values(definition.servables).flatMap((source) =>
      'model' in source ? [this.#models.get(source.model)] : [],
    )
    return (
      state === 'AVAILABLE' &&
      loaded.every((servable) => servable.healthy) &&
      others.every((other) => other !== undefined && this.#isHealthy(other))
    )
  }

  async #load(model: Model, signal: AbortSignal): Promise<void> {
    if (model.state !== 'START') return
    model.state = 'LOADING'
    try {
      if (model.definition.broken !== undefined) throw new EngineError('bad_model', model.definition.broken)
      const offered: Record<string, Readonly<Record<string, unknown>>> = {}
      for (const [key, source] of Object.entries(model.definition.servables)) {
        offered[key] =
          'model' in source ? await this.#shared(source.model, signal) : await this.#loadServable(model, source, signal)
      }
      model.sides = joinSides(offered, model.definition.sidePackets)
      model.state = 'AVAILABLE'
    } catch (error) {
      model.state = 'FAILED'
      model.reason = error instanceof Error ? error.message : String(error)
      // An abort is no failure to report: the server is about to stop.
      if (!signal.aborted) {
        this.#options.log(model.definition.name, 'error', 'model failed to load', { reason: model.reason, err: error })
      }
      await this.#unload(model)
    }
  }

  async #loadServable(
    model: Model,
    { kind, path, options, host }: LoadedSource,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { name } = model.definition
    const found = this.#options.kinds[kind]
    if (!found) throw new EngineError('bad_model', `there is no kind ${kind}`)
    const servable = await found.load(
      {
        name,
        path,
        host: this.#host(name, host),
        threads: this.#threads,
        memory: this.#memory,
        signal,
        log: (...line) => this.#options.log(name, ...line),
        progress: (progress) => this.#options.progress(name, progress),
      },
      options,
    )
    model.loaded.push(servable)
    return servable.sides
  }

  #host(model: string, shared: string | undefined): Host {
    const name = shared ?? model
    const known = shared === undefined ? undefined : this.#hosts.get(shared)
    const host = known ?? new Host({ name, log: (...line) => this.#options.log(name, ...line) })
    if (shared !== undefined) this.#hosts.set(shared, host)
    return host
  }

  async #shared(name: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const model = this.#models.get(name)
    if (!model) throw new EngineError('bad_model', `it needs the model ${name}, which is not configured`)
    await this.#load(model, signal)
    if (model.state === 'AVAILABLE') return model.sides
    const why = model.state === 'FAILED' ? `failed: ${model.reason}` : 'needs it in turn'
    throw new EngineError('bad_model', `it needs the model ${name}, which ${why}`)
  }

  async #unload(model: Model): Promise<void> {
    for (const servable of model.loaded.splice(0).reverse()) {
      try {
        await servable.dispose()
      } catch (error) {
        this.#options.log(model.definition.name, 'error', 'model failed to end', { err: error })
      }
    }
  }
}

/** How many hosts the models take, when all of them load. */
function hostsOf(definitions: readonly ModelDefinition[]): number {
  const hosts = loadedBy(definitions).map(({ host }) => host)
  const shared = new Set(hosts.filter((name) => name !== undefined))
  return shared.size + hosts.filter((name) => name === undefined).length
}

/**
 * What a model's graphs get, by tag: whatever one of its servables alone offers, and what was picked where two offer the
 * same tag. `T` is the side packet's value, or, when a configuration is checked, its type.
 */
export function joinSides<T>(
  offered: Readonly<Record<string, Readonly<Record<string, T>>>>,
  picks: Readonly<Record<string, SidePick>>,
): Record<string, T> {
  const all = Object.values(offered).flatMap((sides) => Object.entries(sides))
  const alone = all.filter(([tag]) => all.filter(([other]) => other === tag).length === 1)
  const picked = Object.entries(picks).flatMap(([tag, pick]) => {
    const sides = offered[pick.servable]
    return sides && Object.hasOwn(sides, pick.tag) ? [[tag, sides[pick.tag]!] as const] : []
  })
  return Object.fromEntries([...alone, ...picked])
}

/** What the models load, when all of them do; what they share counts once. */
const loadedBy = (definitions: readonly ModelDefinition[]): LoadedSource[] =>
  definitions
    .filter(({ broken }) => broken === undefined)
    .flatMap(({ servables }) => Object.values(servables).flatMap((source) => ('kind' in source ? [source] : [])))
