import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = resolve(import.meta.dirname, '..')
const rooms = ['engine', 'calculators', 'servables', 'cli'] as const

/** Which rooms a room may import from, itself aside. */
const arrows: Record<string, readonly string[]> = {
  engine: [],
  calculators: ['engine', 'servables'],
  servables: ['engine'],
  cli: ['engine', 'calculators', 'servables'],
}
/** Third-party packages that are a language of the whole house rather than one file's secret. */
const everywhere = new Set(['zod'])
/** What the innermost room may stand on. */
const engineMayImport = new Set(['yaml', 'zod'])

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const files = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))

const statement =
  /^(import|export)( type)?\s[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

function importsOf(file: string): Import[] {
  // Doc comments show imports of their own; they are prose.
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  return [...text.matchAll(statement)].map((match) => ({
    from: file,
    to: match[3] ?? match[4] ?? match[5] ?? '',
    typeOnly: match[2] !== undefined,
  }))
}

const sources = rooms.flatMap((room) => files(room, '.ts'))
const imports = sources.flatMap(importsOf)
const isRelative = (to: string) => to.startsWith('.')
const target = ({ from, to }: Import) => relative(root, resolve(root, dirname(from), to))
const roomOf = (file: string) => file.split('/')[0] ?? ''
const packageOf = (to: string) =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/')
const isBuiltin = (to: string) => to.startsWith('node:') || builtinModules.includes(to)
const shown = ({ from, to }: Import) => `${from} → ${to}`

test('the import scanner sees static, type-only and dynamic imports', () => {
  assert.ok(imports.length > 50)
  assert.ok(imports.some(({ typeOnly }) => typeOnly))
})

test('arrows point inwards: cli → calculators → engine ← servables ← cli', () => {
  const wrong = imports
    .filter(({ to }) => isRelative(to))
    .filter((each) => roomOf(target(each)) !== roomOf(each.from))
    .filter((each) => !arrows[roomOf(each.from)]?.includes(roomOf(target(each))))
  assert.equal(wrong.map(shown), [])
})

test('calculators know servables by their types alone', () => {
  const wrong = imports
    .filter(({ from, to }) => roomOf(from) === 'calculators' && isRelative(to))
    .filter((each) => roomOf(target(each)) === 'servables' && !each.typeOnly)
  assert.equal(wrong.map(shown), [])
})

test('from another folder one imports its index.ts and nothing deeper', () => {
  const wrong = imports
    .filter(({ from, to }) => isRelative(to) && !from.endsWith('/index.ts'))
    .filter((each) => {
      const down = relative(dirname(each.from), target(each))
        .split('/')
        .filter((part) => part !== '..')
      // A host process enters a kind by its hosted.ts, to load nothing of the serving side.
      return down.length > 1 && !['index.ts', 'hosted.ts'].includes(down.at(-1) ?? '')
    })
  assert.equal(wrong.map(shown), [])
})

test('relative imports name their file, with its ending', () => {
  assert.equal(imports.filter(({ to }) => isRelative(to) && !to.endsWith('.ts')).map(shown), [])
})

test('each third-party package is imported by one folder', () => {
  const folders = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    if (isRelative(to) || isBuiltin(to) || everywhere.has(packageOf(to))) continue
    folders.set(packageOf(to), (folders.get(packageOf(to)) ?? new Set()).add(dirname(from)))
  }
  assert.equal(
    [...folders].filter(([, where]) => where.size > 1).map(([name, where]) => `${name}: ${[...where].join(', ')}`),
    [],
  )
})

test('the engine stands on node, yaml and zod alone', () => {
  const wrong = imports
    .filter(({ from, to }) => roomOf(from) === 'engine' && !isRelative(to) && !isBuiltin(to))
    .filter(({ to }) => !engineMayImport.has(packageOf(to)))
  assert.equal(wrong.map(shown), [])
})

test('no imports run in a circle', () => {
  const edges = new Map<string, string[]>()
  for (const each of imports) {
    if (isRelative(each.to) && !each.typeOnly) edges.set(each.from, [...(edges.get(each.from) ?? []), target(each)])
  }
  const finished = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || finished.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    finished.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
  assert.equal(circles, [])
})

test('the serving process never comes to ONNX Runtime: only hosts do', () => {
  const reached = new Set(['cli/index.ts'])
  for (const file of reached) {
    for (const each of imports) if (each.from === file && isRelative(each.to) && !each.typeOnly) reached.add(target(each))
  }
  assert.ok(reached.has('servables/llm/index.ts'))
  assert.equal(
    [...reached].filter((file) => file.startsWith('servables/onnx/')),
    [],
  )
})

test('every spec runs its tests', () => {
  const silent = files('spec', '.spec.ts').filter((file) => !/\.run\(\)/.test(readFileSync(join(root, file), 'utf8')))
  assert.equal(silent, [])
})

test('no spec is narrowed or skipped', () => {
  const narrowed = files('spec', '.spec.ts').filter((file) =>
    /\b\w+\.(only|skip)\(['"`]/.test(readFileSync(join(root, file), 'utf8')),
  )
  assert.equal(narrowed, [])
})

test.run()
