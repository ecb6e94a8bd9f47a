import { Argument, Command, Option } from 'commander'
import { check } from './check.ts'
import {
  addIgnoredFlags,
  addKindFlags,
  addLogFlags,
  addModelFlags,
  addServerFlags,
  ignoredFlagWarnings,
  type LogFlags,
  type ModelFlags,
  type ServerFlags,
  selectionOf,
} from './flags.ts'
import { drawings, graph } from './graph.ts'
import { type RunFlags, run } from './run.ts'
import { schemas } from './schema.ts'
import { serve } from './serve.ts'
import { version } from './version.ts'

/** The commands and their flags. */
export function program(): Command {
  const main = new Command('ovms-ts')
    .description('Serves ONNX models to OpenAI clients; every endpoint is a graph file.')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Start here:
  ovms-ts serve                                the demo models, at http://127.0.0.1:8000
  ovms-ts serve --model_path ./qwen3           a directory from the Hugging Face hub
  ovms-ts run "Hello!"                         one request, from the terminal
  ovms-ts check --config config.yaml           every fault of every file, before serving
  ovms-ts graph chat/completions               what answers a chat, drawn`,
    )
    .exitOverride()

  const serveCommand = main.command('serve').description('serve models over HTTP')
  addIgnoredFlags(addKindFlags(addLogFlags(addServerFlags(addModelFlags(serveCommand)), 'INFO'))).action(
    (flags: ModelFlags & ServerFlags & LogFlags, command: Command) =>
      serve(selectionOf({ ...flags }, refuseBy(command)), flags, ignoredFlagWarnings(flags)),
  )

  addModelFlags(main.command('check'))
    .description('read configuration and graphs, load nothing, print every fault')
    .action(async (flags: ModelFlags, command: Command) => {
      if (!(await check(selectionOf({ ...flags }, refuseBy(command))))) process.exitCode = 1
    })

  const runCommand = main
    .command('run')
    .description('answer one request from the terminal')
    .argument('[prompt]', 'what to say to the model')
    .option('--model <name>', "who answers (default: the configuration's default model)")
    .option('--route <route>', 'which endpoint answers', 'chat/completions')
    .option('--body <file>', "the request's body, JSON; a prompt is put into it")
    .option('--trace <file>', 'write what happened in the graph, for chrome://tracing')
  addKindFlags(addLogFlags(addModelFlags(runCommand), 'WARNING')).action(
    (prompt: string | undefined, flags: ModelFlags & RunFlags, command: Command) => {
      if (prompt === undefined && flags.body === undefined) command.error('error: give a prompt, or --body with a file.')
      return run(prompt, selectionOf({ ...flags }, refuseBy(command)), flags)
    },
  )

  addModelFlags(main.command('graph'))
    .description('draw a graph')
    .argument('<graph>', 'a route that a model answers, a file, or a name in graphs/')
    .addOption(new Option('--format <format>', 'how').choices(Object.keys(drawings)).default('mermaid'))
    .option('-o, --output <file>', 'where to (default: standard output)')
    .action((name: string, flags: ModelFlags & { format: keyof typeof drawings; output?: string }, command: Command) =>
      graph(name, selectionOf({ ...flags }, refuseBy(command)), flags),
    )

  main
    .command('schema')
    .description('print the JSON Schema of a file, for editors')
    .addArgument(new Argument('<file>', 'which').choices(Object.keys(schemas)))
    .action(async (name: string) => {
      process.stdout.write(`${JSON.stringify(await schemas[name]!(), null, 2)}\n`)
    })
  return main
}

const refuseBy = (command: Command) => (message: string) => command.error(`error: ${message}`)
