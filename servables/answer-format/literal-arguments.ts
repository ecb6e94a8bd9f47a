import { escaped } from './json-arguments.ts'
import { type Reading, type Show, Stops, type TextReader } from './text-reader.ts'

/** What tells Python's arguments from those of Gemma's models. Both are names with values, strings, numbers, lists and maps. */
export interface Dialect {
  /** Ends the arguments. */
  readonly close: string
  /** Stands between name and value of an argument. */
  readonly assign: string
  /** Texts on both sides of a string; the ones of a single character, or three of it, know escapes. */
  readonly quotes: readonly string[]
  /** What numbers, constants and names are made of. */
  readonly word: RegExp
}

const plainQuotes = ['"', "'", '"""', "'''"]

export const python: Dialect = { close: ')', assign: '=', quotes: plainQuotes, word: /[\p{L}\p{N}_.+-]+/uy }

/** @param quote what its models write on both sides of a string, in which nothing is escaped */
export const gemma = (quote: string): Dialect => ({
  close: '}',
  assign: ':',
  quotes: [quote, ...plainQuotes],
  word: /[^,:{}[\]<>"']+/y,
})

/** An argument list, dictionary, list or tuple that has begun. */
interface Container {
  readonly close: string
  /** How it ends in JSON. */
  readonly end: string
  /** Between name and value; undefined: its elements have no names. */
  readonly assign: string | undefined
  size: number
}

/**
 * Arguments in the literals of a programming language, shown as a JSON object, piece by piece.
 *
 * @param positional the name of an argument that comes without one, by its place
 * @returns whether the arguments ended as they should; if not, the reader is where they cannot be understood, and what it has
 * recorded is what was read there in vain
 */
export function* readLiterals(
  reader: TextReader,
  dialect: Dialect,
  positional: (index: number) => string | undefined,
  show: Show,
): Reading<boolean> {
  const outermost: Container = { close: dialect.close, end: '}', assign: dialect.assign, size: 0 }
  const open = [outermost]
  show('{')
  for (;;) {
    const container = open.at(-1) ?? outermost
    yield* reader.run(/[\s,]+/y)
    const next = yield* reader.peek()
    if (next === '') return false
    if (next === container.close) {
      reader.take(1)
      show(container.end)
      open.pop()
      if (container === outermost) return true
      continue
    }
    let word: string | undefined
    let name: string | undefined
    const comma = container.size === 0 ? '' : ', '
    if (container.assign !== undefined) {
      reader.record()
      const key = yield* readKey(reader, dialect, container.assign, container === outermost)
      if ((yield* reader.peek()) === '') {
        show(`${comma}"${escaped(reader.recorded().trim())}`)
        return false
      }
      word = key?.value
      name = key?.name ?? (key && positional(container.size))
      if (name === undefined) return false
      reader.recorded()
    }
    container.size++
    show(name === undefined ? comma : `${comma}${JSON.stringify(name)}: `)
    yield* reader.space()
    const begun = word === undefined ? yield* readOpening(reader) : undefined
    if (begun) {
      show(begun.assign === undefined ? '[' : '{')
      open.push(begun)
    } else if (!(yield* readScalar(reader, dialect, word, show))) return false
  }
}

/**
 * The name of an argument, or the key of a dictionary. The arguments of a call may lack names: then the word that was read to see
 * that is a `value`, or nothing was read. Undefined: what comes is neither.
 */
function* readKey(
  reader: TextReader,
  dialect: Dialect,
  assign: string,
  isArgument: boolean,
): Reading<{ readonly name?: string; readonly value?: string } | undefined> {
  const isPositional = isArgument && assign === '='
  if (isPositional && '"\'[{('.includes(yield* reader.peek())) return {}
  let name = ''
  const quote = yield* reader.match(dialect.quotes)
  if (quote !== undefined) {
    let text = ''
    const isWhole = yield* readString(reader, quote, (more) => {
      text += more
    })
    if (!isWhole) return undefined
    name = JSON.parse(`"${text}"`)
  } else name = (yield* reader.run(dialect.word)).trim()
  if (quote === undefined && name === '') return undefined
  yield* reader.space()
  if ((yield* reader.match([assign])) !== undefined) return { name }
  return isPositional ? { value: name } : undefined
}

function* readOpening(reader: TextReader): Reading<Container | undefined> {
  switch (yield* reader.match(['[', '(', '{'])) {
    case '[':
      return { close: ']', end: ']', assign: undefined, size: 0 }
    case '(':
      return { close: ')', end: ']', assign: undefined, size: 0 }
    case '{':
      return { close: '}', end: '}', assign: ':', size: 0 }
  }
  return undefined
}

/** @param word the value, if it has been read already */
function* readScalar(reader: TextReader, dialect: Dialect, word: string | undefined, show: Show): Reading<boolean> {
  let text = word ?? ''
  if (word === undefined) {
    const quote = yield* reader.match(dialect.quotes)
    if (quote !== undefined) return yield* showString(reader, quote, show)
    text = (yield* reader.run(dialect.word)).trim()
  }
  // A string's prefix, as in f"…".
  if (/^[bfru]{1,2}$/i.test(text) && dialect.assign === '=') {
    const quote = yield* reader.match(dialect.quotes)
    if (quote !== undefined) return yield* showString(reader, quote, show)
  }
  if (text === '') return false
  show(wordAsJson(text))
  return true
}

function* showString(reader: TextReader, quote: string, show: Show): Reading<boolean> {
  show('"')
  const isWhole = yield* readString(reader, quote, show)
  if (isWhole) show('"')
  return isWhole
}

const stops = new Map<string, Stops>()

/** The rest of a string and its closing quote, shown as it stands in a JSON string. */
function* readString(reader: TextReader, quote: string, show: Show): Reading<boolean> {
  const ends = stops.get(quote) ?? new Stops(plainQuotes.includes(quote) ? [quote, '\\'] : [quote])
  stops.set(quote, ends)
  for (;;) {
    const end = yield* reader.until(ends, (text) => show(escaped(text)))
    if (end === quote) return true
    if (end === undefined) return false
    const character = (yield* reader.more()) ? reader.take(1) : ''
    const digits = { x: 2, u: 4, U: 8 }[character]
    let code = ''
    while (digits !== undefined && code.length < digits && /[\da-f]/i.test(yield* reader.peek())) code += reader.take(1)
    show(escapeAsJson(character, code.length === digits ? Number.parseInt(code, 16) : undefined, code))
  }
}

const sameInJson = new Set(['n', 't', 'r', 'b', 'f', '"', '\\'])

/** Python keeps the backslash of an escape that it does not know. */
function escapeAsJson(character: string, code: number | undefined, digits: string): string {
  if (code !== undefined && code <= 0x10ffff) {
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : escaped(String.fromCodePoint(code))
  }
  if (sameInJson.has(character)) return `\\${character}`
  if (character === "'" || character === '/') return character
  if (character === '\n') return ''
  return `${escaped(`\\${character}`)}${digits}`
}

const constants: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  None: 'null',
  true: 'true',
  false: 'false',
  null: 'null',
}

/** A number or constant; a word that is neither is a string. */
export function wordAsJson(word: string): string {
  const constant = Object.hasOwn(constants, word) ? constants[word] : undefined
  if (constant !== undefined) return constant
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return word
  const isNumber = (/^[+-]?[\d._]+([eE][+-]?\d+)?$/.test(word) && /\d/.test(word)) || /^0[xob][\da-f]+$/i.test(word)
  const number = isNumber ? Number(word.replaceAll('_', '')) : Number.NaN
  return Number.isFinite(number) ? String(number) : JSON.stringify(word)
}
