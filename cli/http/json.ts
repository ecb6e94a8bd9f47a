import { EngineError } from '../../engine/index.ts'
import { type LongList, parseInParts } from './json-in-parts.ts'

const limits = { depth: 64, values: 200_000, fields: 4096 }

/**
 * Parses a request's JSON. Nesting and the number of values are counted before `JSON.parse` sees the text: deep nesting
 * overflows the stack of whatever walks the value later, and a few megabytes of `[],` block the process for a second. So do the
 * fields of one object: each of many new names costs microseconds. Of a key that comes twice the last counts, as nearly everywhere.
 */
export function parseJson(text: string): unknown {
  survey(text)
  try {
    return JSON.parse(text)
  } catch {
    const { at, expected } = firstFault(text)
    const before = text.slice(0, at).split('\n')
    const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
    throw new EngineError('invalid_json', `The body is not valid JSON: ${expected} expected at ${where} (offset ${at}).`)
  }
}

/** Characters of a list that are parsed at once, in a fraction of a millisecond. */
const usualPart = 32 * 1024

/** The same, where the text may be long: other requests have their turn amid the lists of the outermost object. */
export async function parseLongJson(text: string, part = usualPart): Promise<unknown> {
  const lists = survey(text, part)
  try {
    return await parseInParts(text, lists)
  } catch (error) {
    if (error instanceof SyntaxError) return parseJson(text)
    throw error
  }
}

/**
 * Counts what is in a text, of which nothing else is known.
 *
 * @param part characters of a list that may stay together
 * @returns lists in the outermost object that are longer
 * @throws EngineError `invalid_json` when there is too much of anything
 */
function survey(text: string, part = Number.POSITIVE_INFINITY): readonly LongList[] {
  /** Of each open object, how many fields may come; of a list, any number. */
  const left: number[] = []
  const lists: LongList[] = []
  /** Where a list in the outermost object begins, and commas in it at which it can be cut. */
  let cuts: number[] | undefined
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) at = endOfText(text, at)
    else if (character === 0x2c) {
      values++
      if (left.length > 0 && --left[left.length - 1]! === 0) throw tooLarge(`an object with more than ${limits.fields} fields`)
      if (cuts && left.length === 2 && at - cuts.at(-1)! >= part) cuts.push(at)
    } else if (character === 0x5b || character === 0x7b) {
      values++
      if (left.push(character === 0x7b ? limits.fields : Number.POSITIVE_INFINITY) > limits.depth) {
        throw new EngineError('invalid_json', `The body nests deeper than ${limits.depth} levels.`)
      }
      if (left.length === 2) cuts = character === 0x5b && left[0]! <= limits.fields ? [at] : undefined
    } else if (character === 0x5d || character === 0x7d) {
      if (cuts && cuts.length > 1 && left.length === 2 && character === 0x5d) lists.push([...cuts, at])
      left.pop()
    }
  }
  if (values > limits.values) throw tooLarge(`more than ${limits.values} values`)
  return lists
}

/** Of a text in quotes that begins at `start`, where its closing quote is. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

const tooLarge = (what: string) => new EngineError('invalid_json', `The body has ${what}.`)

const space = /[ \t\n\r]*/y
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

const nonFinite = /(?=-?(?:NaN|Infinity))/y
const noNumber = 'a number (JSON has no NaN and no Infinity)'

/** Where text that `JSON.parse` refused stops being JSON, and what should be there (RFC 8259's grammar). */
function firstFault(source: string): { at: number; expected: string } {
  const open: string[] = []
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    at += found?.[0].length ?? 0
    return found !== null
  }
  const takeMark = (mark: string) => {
    const found = source.startsWith(mark, at)
    if (found) at++
    return found
  }
  /** Reads a member's key and colon, and says what is missing. */
  const key = () => {
    if (!take(text)) return 'a property name in double quotes'
    take(space)
    return takeMark(':') ? undefined : "':'"
  }
  for (;;) {
    take(space)
    // A value.
    if (takeMark('{') || takeMark('[')) {
      const closing = source[at - 1] === '{' ? '}' : ']'
      take(space)
      if (!takeMark(closing)) {
        open.push(closing)
        const missing = closing === '}' ? key() : undefined
        if (missing) return { at, expected: missing }
        continue
      }
    } else if (!take(text) && !take(scalar)) return { at, expected: take(nonFinite) ? noNumber : 'a value' }
    // What may follow it.
    for (;;) {
      take(space)
      const closing = open.at(-1)
      if (closing === undefined) return { at, expected: 'the end' }
      if (takeMark(closing)) open.pop()
      else if (!takeMark(',')) return { at, expected: `',' or '${closing}'` }
      else break
    }
    take(space)
    const missing = open.at(-1) === '}' ? key() : undefined
    if (missing) return { at, expected: missing }
  }
}
