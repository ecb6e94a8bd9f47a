import { type Command, InvalidArgumentError, Option } from 'commander'
import { kinds, type ServableKind } from '../servables/index.ts'
import { optionProperties, type Selection } from './configuration/index.ts'
import { type LogLevel, logLevels } from './log.ts'
import { metricFault } from './metrics/index.ts'

/** Flags have OVMS's names; hyphens may stand for underscores. */
export const normalizeFlags = (args: readonly string[]): string[] => {
  const end = args.indexOf('--')
  return args.map((arg, at) =>
    arg.startsWith('--') && (end < 0 || at < end)
      ? arg.replace(/^--[^=]+/, (flag) => `--${flag.slice(2).replaceAll('-', '_')}`)
      : arg,
  )
}

export interface ModelFlags {
  readonly config?: string
  readonly config_path?: string
  readonly model_name?: string
  readonly model_path?: string
  readonly model_repository_path?: string
  readonly source_model?: string
  readonly task?: string
}

export interface ServerFlags {
  readonly rest_port: number
  readonly rest_bind_address: string
  readonly api_key_file?: string
  readonly allowed_origins?: string
  readonly allowed_methods: string
  readonly allowed_headers: string
  readonly max_body_bytes: number
  readonly shutdown_timeout: number
  readonly request_timeout: number
  readonly keep_alive_interval: number
  readonly metrics_enable?: boolean
  readonly metrics_list?: readonly string[]
}

export interface LogFlags {
  readonly log_level: LogLevel
  readonly log_path?: string
}

const whole = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
}

const truth = (text: string) => {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('It is true or false.')
}

const metricNames = (text: string) => {
  const names = text.split(',').map((name) => name.trim())
  const faults = names.flatMap((name) => metricFault(name) ?? [])
  if (faults.length > 0) throw new InvalidArgumentError(faults.join('; '))
  return names
}

/** Which models: flags of every command that reads a configuration. */
export function addModelFlags(command: Command): Command {
  return command
    .addOption(new Option('--config <file>', 'configuration, YAML or JSON (default: the demo models)').helpGroup('Models:'))
    .addOption(new Option('--config_path <file>', "the same, by OVMS's name").helpGroup('Models:').hideHelp())
    .addOption(new Option('--model_path <directory>', 'one model, instead of a configuration').helpGroup('Models:'))
    .addOption(new Option('--model_name <name>', "its name (default: the directory's)").helpGroup('Models:'))
    .addOption(new Option('--model_repository_path <directory>', 'every model in this directory').helpGroup('Models:'))
    .addOption(new Option('--source_model <org/name>', 'one model of that directory').helpGroup('Models:'))
    .addOption(
      new Option('--task <kind>', 'what the model is, where its files leave it open')
        .choices(Object.keys(kinds))
        .helpGroup('Models:'),
    )
}

/** How the server listens, and to whom. */
export function addServerFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--rest_port <port>', '0: one that is free').default(8000).argParser(whole(0, 65535)).helpGroup('Server:'),
    )
    .addOption(
      new Option('--rest_bind_address <address>', '0.0.0.0: reached from other machines')
        .default('127.0.0.1')
        .helpGroup('Server:'),
    )
    .addOption(
      new Option(
        '--api_key_file <file>',
        'the key that clients must send, in its first line (or: API_KEY in the environment)',
      ).helpGroup('Server:'),
    )
    .addOption(new Option('--allowed_origins <list>', 'web pages that may call, by comma (default: none)').helpGroup('Server:'))
    .addOption(new Option('--allowed_methods <list>', 'for them').default('GET,POST').helpGroup('Server:'))
    .addOption(new Option('--allowed_headers <list>', 'for them; *: any').default('*').helpGroup('Server:'))
    .addOption(
      new Option('--max_body_bytes <number>', 'largest request body')
        .default(4 * 1024 * 1024, '4 MiB')
        .argParser(whole(1, 2 ** 31))
        .helpGroup('Server:'),
    )
    .addOption(
      new Option('--shutdown_timeout <seconds>', 'time that running requests have to end after SIGTERM')
        .default(30)
        .argParser(whole(0, 86_400))
        .helpGroup('Server:'),
    )
    .addOption(
      new Option('--request_timeout <seconds>', 'time that a request may take, from its body to its last byte')
        .default(3600)
        .argParser(whole(1, 1_000_000))
        .helpGroup('Server:'),
    )
    .addOption(
      new Option('--keep_alive_interval <seconds>', 'comments break the silence of a stream that often; 0: never')
        .default(15)
        .argParser(whole(0, 86_400))
        .helpGroup('Server:'),
    )
    .addOption(
      new Option('--metrics_enable [boolean]', 'whether there is GET /metrics (default: true)')
        .preset('true')
        .argParser(truth)
        .helpGroup('Server:'),
    )
    .addOption(
      new Option('--metrics_list <names>', 'the only metrics that are told, by comma (default: all)')
        .argParser(metricNames)
        .helpGroup('Server:'),
    )
}

export function addLogFlags(command: Command, level: LogLevel): Command {
  return command
    .addOption(new Option('--log_level <level>', 'how much to log').choices(logLevels).default(level).helpGroup('Log:'))
    .addOption(new Option('--log_path <file>', 'where to (default: standard error)').helpGroup('Log:'))
}

/** OVMS's flags that are read and have no effect here, with the reason for the warning. */
const ignoredFlags: Readonly<Record<string, string>> = {
  port: 'there is no gRPC here; --rest_port is the port of HTTP',
  grpc_bind_address: 'there is no gRPC here',
  grpc_workers: 'there is no gRPC here',
  grpc_max_threads: 'there is no gRPC here',
  grpc_memory_quota: 'there is no gRPC here',
  grpc_channel_arguments: 'there is no gRPC here',
  rest_workers: 'requests share one event loop',
  file_system_poll_wait_seconds: 'the configuration is read once',
  cache_dir: 'rewritten models are cached beside the original',
  cpu_extension: 'models run in ONNX Runtime',
  batch_size: 'requests are batched as they come',
  shape: 'shapes are those of the request',
  layout: 'layouts are those of the model',
  nireq: 'concurrency is an option of the kind, such as --max_num_seqs',
  target_device: 'models run on the CPU',
  plugin_config: 'ONNX Runtime is set up by options of the kind, such as --inference_num_threads',
  model_version_policy: 'a directory is one version',
}

export function addIgnoredFlags(command: Command): Command {
  for (const name of Object.keys(ignoredFlags)) command.addOption(new Option(`--${name} [value]`).hideHelp())
  return command
}

/** The warnings for flags that have no effect. */
export const ignoredFlagWarnings = (flags: object): string[] =>
  Object.entries(ignoredFlags)
    .filter(([name]) => name in flags)
    .map(([name, reason]) => `--${name} has no effect: ${reason}`)

/** Every option of a kind that is one value is a flag too. */
export function addKindFlags(command: Command): Command {
  for (const kind of Object.values(kinds)) {
    for (const [name, { description, type }] of flagOptions(kind)) {
      if (command.options.some((option) => option.name() === name)) continue
      const value = type === 'boolean' ? '[value]' : '<value>'
      command.addOption(
        new Option(`--${name} ${value}`, description ?? '').argParser(scalar).preset(true).helpGroup(`Options of ${kind.name}:`),
      )
    }
  }
  return command
}

/** Those that a flag can say: one value each. */
const flagOptions = (kind: ServableKind) =>
  Object.entries(optionProperties(kind)).filter(([, { type }]) => type !== 'object' && type !== 'array')

/** A flag's text as YAML would read it; the kind's schema then says whether it fits. */
const scalar = (text: string): unknown => {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** What the flags select. Flags that exclude each other are refused in the words of `refuse`. */
export function selectionOf(
  flags: ModelFlags & Readonly<Record<string, unknown>>,
  refuse: (message: string) => never,
): Selection {
  const config = flags.config ?? flags.config_path
  const given = { '--config': config, '--model_path': flags.model_path, '--source_model': flags.source_model }
  const ways = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag]))
  if (ways.length > 1) refuse(`${ways.join(' and ')} exclude each other; give one of them.`)
  if (flags.model_repository_path !== undefined && (config ?? flags.model_path) !== undefined) {
    refuse(`${ways[0]} and --model_repository_path exclude each other; give one of them.`)
  }
  if (flags.model_name !== undefined && (flags.model_path ?? flags.source_model) === undefined) {
    refuse('--model_name names the model that --model_path or --source_model gives; give one of these too.')
  }
  const known = new Set(Object.values(kinds).flatMap((kind) => flagOptions(kind).map(([name]) => name)))
  const options = Object.fromEntries(Object.entries(flags).filter(([name]) => known.has(name)))
  if (Object.keys(options).length > 0 && (flags.model_path ?? flags.source_model) === undefined) {
    refuse(`--${Object.keys(options)[0]} is for --model_path or --source_model; a configuration says it in a model's graph.yaml.`)
  }
  return {
    config,
    modelName: flags.model_name,
    modelPath: flags.model_path,
    sourceModel: flags.source_model,
    repositoryPath: flags.model_repository_path,
    task: flags.task,
    options: Object.keys(options).length > 0 ? options : undefined,
  }
}
