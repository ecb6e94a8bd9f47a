import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { calculators } from '../../calculators/index.ts'
import { loadGraph, readYaml } from '../../engine/index.ts'

const folder = path.join(import.meta.dirname, '../../calculators')

/** Every file that exports a calculator, with the stem that names both. */
const files = (await readdir(folder, { recursive: true })).filter((file) => file.includes(path.sep) && file.endsWith('.ts'))
const sources = await Promise.all(files.map(async (file) => ({ file, text: await readFile(path.join(folder, file), 'utf8') })))
const declared = sources.filter(({ text }) => /= calculator\(/.test(text))

const nameOf = (file: string) =>
  `${path
    .basename(file, '.ts')
    .split('-')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('')}Calculator`

/** The node at the end of a calculator's doc comment, as YAML. */
const exampleOf = (text: string) =>
  /@example\n([\s\S]*?)\n \*\/\nexport const \w+ = calculator\(/.exec(text)?.[1]?.replace(/^ \* ?/gm, '') ?? ''

/** The names in a node's port list or map: `[ frames, "TAG:0:name" ]`, `{ TAG: name }`. */
const namesIn = (ports: unknown): string[] => {
  const names = typeof ports === 'object' && ports !== null ? Object.values(ports).flat() : []
  return names.map((name) => String(name).split(':').at(-1)!)
}

test('the registry has every calculator, under the name of its file', () => {
  assert.equal(declared.map(({ file }) => nameOf(file)).sort(), Object.keys(calculators).sort())
})

test('every calculator ends its comment in a node that can be pasted', async () => {
  for (const { file, text } of declared) {
    const example = exampleOf(text)
    const [node] = readYaml(example, file).document!.value as [Record<string, unknown>]
    assert.is(node.calculator, nameOf(file), file)

    // A node that closes a loop needs the rest of it: what the back edge comes from.
    const back = (node.input_stream_info as { tag_index: string } | undefined)?.tag_index
    const looped = back === undefined ? [] : [loopEnd(example, back)]
    const inputs = namesIn(node.input_stream).filter((name) => !looped.includes(name))
    const closing = looped.map((name) => ({
      calculator: 'PassThroughCalculator',
      input_stream: namesIn(node.output_stream).slice(0, 1),
      output_stream: [name],
    }))
    const graph = { input_stream: inputs, input_side_packet: namesIn(node.input_side_packet), node: [node, ...closing] }
    const { document } = readYaml(JSON.stringify(graph), file)
    const { faults, plan } = await loadGraph({ document: document!, path: [] }, { registry: calculators })
    assert.equal([file, faults], [file, []])
    assert.ok(plan)
  }
})

const loopEnd = (example: string, tag: string) => new RegExp(`${tag}: ?(\\w+)`).exec(example)?.[1] ?? ''

test.run()
