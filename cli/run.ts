import { readFile, writeFile } from 'node:fs/promises'
import type { HttpBody } from '../calculators/index.ts'
import { chromeTrace, EngineError, type TraceEvent } from '../engine/index.ts'
import { kinds, Repository } from '../servables/index.ts'
import { type Configuration, type ConfiguredModel, configurationError, type Selection } from './configuration/index.ts'
import { configure } from './configure.ts'
import { createEndpoints, unknownModel } from './endpoints.ts'
import type { LogFlags } from './flags.ts'
import { openLog } from './log.ts'
import { loadProgress } from './progress.ts'

export interface RunFlags extends LogFlags {
  readonly model?: string
  readonly route: string
  /** A JSON file with the request's body. */
  readonly body?: string
  /** Where to write a trace of the run. */
  readonly trace?: string
}

/** What a shell shows of a command that Ctrl-C ended: 128, and the signal's number. */
const interrupted = 130

/** Answers one request from the terminal: loads the model it needs, and no other, and prints the text as it comes. */
export async function run(prompt: string | undefined, selection: Selection, flags: RunFlags): Promise<void> {
  const { configuration, faults } = await configure(selection)
  if (!configuration) throw configurationError(faults)
  const body = await bodyOf(prompt, flags)
  const model = modelName(flags.model ?? body.model, configuration)
  const needed = configuration.models.filter(({ name }) => neededBy(model, configuration).has(name))
  const log = openLog({ level: flags.log_level, path: flags.log_path })
  const progress = loadProgress(process.stderr, log)
  const repository = new Repository(needed, {
    kinds,
    log: (name, level, message, fields) => log[level]({ model: name, ...fields }, message),
    progress: progress.update,
  })
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  // Whoever read the answer has gone: `ovms-ts run … | head`.
  process.stdout.once('error', onSignal)
  try {
    await repository.load(stop.signal)
    progress.end()
    const { graph, sides } = createEndpoints({ ...configuration, models: needed }, repository).find(flags.route, model)
    const events: TraceEvent[] = []
    const trace = flags.trace === undefined ? {} : { trace: (event: TraceEvent) => events.push(event) }
    const started = graph.start({ sides, signal: stop.signal, ...trace })
    started.push('PAYLOAD', {
      method: 'POST',
      route: flags.route,
      headers: { 'content-type': 'application/json' },
      json: { ...body, model },
      form: undefined,
      model,
      requestId: 'run',
    })
    started.close('PAYLOAD')
    const print = prompt === undefined ? printBody : printText
    for await (const { value } of started.read('BODY')) print(value as HttpBody)
    await started.done
    if (prompt !== undefined) process.stdout.write('\n')
    if (flags.trace !== undefined) await writeTrace(flags.trace, events)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.exitCode = interrupted
  } finally {
    process.off('SIGINT', onSignal)
    process.stdout.off('error', onSignal)
    await repository.dispose()
  }
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

async function writeTrace(file: string, events: readonly TraceEvent[]): Promise<void> {
  await writeFile(file, JSON.stringify(chromeTrace(events))).catch((cause: unknown) => {
    throw new EngineError('bad_configuration', `The trace can't be written: ${reasonOf(cause)}`, { cause })
  })
}

async function readBody(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new EngineError('bad_configuration', `${file} can't be read as JSON: ${reasonOf(cause)}`, { cause })
  }
}

async function bodyOf(prompt: string | undefined, { route, body }: RunFlags): Promise<Readonly<Record<string, unknown>>> {
  const given = body === undefined ? {} : await readBody(body)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new EngineError('bad_configuration', `${body}: a request's body is a JSON object.`)
  }
  if (prompt === undefined) return { ...given }
  const asked = route === 'chat/completions' ? { messages: [{ role: 'user', content: prompt }] } : { prompt }
  return { ...asked, stream: true, ...given }
}

function modelName(asked: unknown, { models, defaultModel }: Configuration): string {
  const names = models.map(({ name }) => name)
  const name = asked ?? defaultModel ?? (names.length === 1 ? names[0] : undefined)
  if (typeof name !== 'string') {
    throw new EngineError('missing_required_parameter', `Say which model: --model with one of ${names.join(', ')}.`)
  }
  if (!names.includes(name)) throw unknownModel(name, names)
  return name
}

/** The model, and those whose servables it shares. */
function neededBy(name: string, { models }: Configuration, found = new Set<string>()): ReadonlySet<string> {
  const model: ConfiguredModel | undefined = models.find((each) => each.name === name)
  if (!model || found.has(name)) return found
  found.add(name)
  for (const source of Object.values(model.servables)) {
    if ('model' in source) neededBy(source.model, { models, defaultModel: undefined }, found)
  }
  return found
}

const printBody = ({ data }: HttpBody) => process.stdout.write(data)

/** The text of OpenAI's chunks; of an answer that isn't streamed, its text too. An answer that has none is printed as it is. */
function printText({ contentType, data }: HttpBody): void {
  const text = typeof data === 'string' ? data : Buffer.from(data).toString()
  const objects = contentType.startsWith('text/event-stream')
    ? text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice('data: '.length)] : []))
    : [text]
  for (const object of objects) {
    const { choices } = JSON.parse(object) as { choices?: { text?: string; delta?: Message; message?: Message }[] }
    if (!choices) process.stdout.write(object)
    for (const { text, delta, message } of choices ?? []) process.stdout.write(text ?? (delta ?? message)?.content ?? '')
  }
}

interface Message {
  readonly content?: string | null
}
