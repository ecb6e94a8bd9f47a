import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../../cli/program.ts'
import { call, folder, root } from './support.ts'

const example = join(root, 'examples/echo-words/config.yaml')
const tiny = join(root, 'spec/fixtures/models/tiny-qwen2')

test('says how it is called, and its version', async () => {
  const help = await call(['--help'])
  assert.is(help.code, 0)
  for (const command of ['serve', 'check', 'run', 'graph', 'schema']) assert.match(help.stdout, command)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal(await call(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
})

test('bad usage exits 64 and says what to do', async () => {
  const calls = [
    ['serv'],
    ['serve', '--rest_prt', '1'],
    ['serve', '--rest_port', 'x'],
    ['run'],
    ['schema', 'x'],
    ['serve', '--model_name', 'x'],
  ]
  for (const args of calls) {
    let said = ''
    const main = program()
    const commands = [main, ...main.commands]
    const writeErr = (text: string) => {
      said += text
    }
    for (const command of commands) command.exitOverride().configureOutput({ writeErr })
    const error = await main.parseAsync(args, { from: 'user' }).catch((thrown: unknown) => thrown)
    assert.instance(error, CommanderError, args.join(' '))
    assert.match(said, 'error: ')
  }
  assert.equal([(await call(['serv'])).code, (await call(['serve', '--rest_port', 'x'])).code], [64, 64])
})

test('check reads everything and loads nothing', async () => {
  const { code, stdout } = await call(['check', '--config', example])
  assert.equal([code, stdout], [0, '1 model, 1 endpoint: no faults\n'])
})

test('check prints every fault of every file, and exits 1', async () => {
  const { path, remove } = folder({
    'config.yaml': `model_config_list: [{ config: { name: a } }, { config: { name: b } }]
default_model: c
calculator_modules: [./none.ts]
pipeline_config_list: []
`,
    'a/graph.yaml': 'endpoint: { x: none/such }\n',
    'b/graph.yaml': 'servable: { llm: { kind: text_generatoin } }\n',
  })
  const { code, stdout } = await call(['check', '--config', join(path, 'config.yaml')]).finally(remove)
  assert.is(code, 1)
  assert.match(stdout, 'config.yaml:2:16: there is no model c')
  assert.match(stdout, 'config.yaml:3:22: ')
  assert.match(stdout, /warning: \S+config.yaml:4:1: /)
  assert.match(stdout, 'a/graph.yaml:1:16: there is no graph none/such')
  assert.match(stdout, 'did you mean text_generation?')
  assert.match(stdout, '4 faults')
})

test('schema prints the JSON Schema of what people write', async () => {
  for (const file of ['config', 'model', 'graph']) {
    const { code, stdout } = await call(['schema', file])
    assert.is(code, 0)
    const schema = JSON.parse(stdout)
    assert.equal([schema.$schema, schema.type], ['https://json-schema.org/draft/2020-12/schema', 'object'], file)
    if (file === 'model') assert.ok(schema.$defs.Graph.$defs.node)
  }
})

test('graph draws what answers a route', async () => {
  const mermaid = await call(['graph', 'chat/completions'])
  assert.is(mermaid.code, 0)
  assert.match(mermaid.stdout, 'flowchart')
  assert.match(mermaid.stdout, 'ChatTemplate')
  const svg = await call(['graph', 'completions', '--format', 'svg'])
  assert.match(svg.stdout, /^<svg/)
  const own = await call(['graph', 'text/echo', '--config', example])
  assert.match(own.stdout, 'EchoWordsCalculator')
  const model = await call(['graph', join(root, 'examples/echo-words/words/graph.yaml')])
  assert.is(model.code, 1)
  assert.match(model.stderr, 'graph.yaml:2:1: this is a model')
  const wrong = await call(['graph', 'chat/completion'])
  assert.is(wrong.code, 1)
  assert.match(wrong.stderr, 'did you mean chat/completions?')
})

test('run answers one request, and traces it', async () => {
  const { path, remove } = folder({})
  try {
    const trace = join(path, 'trace.json')
    const answer = await call(['run', 'Hello', '--model_path', tiny, '--trace', trace])
    assert.is(answer.code, 0)
    assert.ok(answer.stdout.length > 1)
    const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: { name: string }[] }
    assert.ok(traceEvents.some(({ name }) => name === 'open'))
    assert.ok(traceEvents.some(({ name }) => name === 'send'))
  } finally {
    remove()
  }
})

test("run prints what a route answers, and a client's mistake as one line", async () => {
  const { path, remove } = folder({ 'body.json': '{"text": "to be"}', 'wrong.json': '{"text": 3}', 'broken.json': '{' })
  try {
    const args = ['run', '--config', example, '--route', 'text/echo', '--body']
    assert.equal(await call([...args, join(path, 'body.json')]), { code: 0, stdout: '{"words":["to","be"]}', stderr: '' })
    assert.equal(await call([...args, join(path, 'wrong.json')]), {
      code: 1,
      stdout: '',
      stderr: 'text must be a string; got 3.\n',
    })
    const broken = await call([...args, join(path, 'broken.json')])
    assert.equal([broken.code, broken.stderr.trimEnd().split('\n').length], [1, 1])
    assert.match(broken.stderr, 'broken.json')
    const unknown = await call(['run', 'Hello', '--config', example, '--model', 'word'])
    assert.equal([unknown.code, unknown.stderr], [1, 'The model "word" does not exist; did you mean words?\n'])
    const other = await call(['run', 'Hello', '--config', example])
    assert.is(other.code, 1)
    assert.match(other.stderr, 'text/echo')
  } finally {
    remove()
  }
})

test('a reader that leaves early is no failure', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'cli/index.ts'), 'schema', 'graph'])
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal([code, said], [0, ''])
})

test('a log that cannot be written is said, and nothing is served', async () => {
  for (const file of ['/proc/nowhere/log', root]) {
    const { code, stdout, stderr } = await call(['serve', '--rest_port', '0', '--config', example, '--log_path', file])
    assert.equal([code, stdout, stderr.trimEnd().split('\n').length], [1, '', 1])
    assert.match(stderr, '--log_path')
  }
})

test.run()
