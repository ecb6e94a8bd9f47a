import { ArgumentSchema } from './argument-schema.ts'
import { escaped } from './json-arguments.ts'
import { type Reading, type Show, Stops, type TextReader } from './text-reader.ts'
import type { ArgumentSyntax } from './tool-formats.ts'

/** Arguments as elements, ready to be read. */
export interface XmlSyntax {
  readonly open: readonly string[]
  /** After a name: the texts of which one or the other comes, and the parts of each that may have white space between them. */
  readonly value: Stops
  readonly afterValue: readonly string[]
  readonly json: string | undefined
  readonly close: Stops
  /** Whether one line break at each end of a value is none of it; not where the model says what a value is. */
  readonly hasLines: boolean
}

/** Of a value that the model says is JSON. */
const anything = new ArgumentSchema(undefined)

export function xmlSyntax({ open, value, json, close }: ArgumentSyntax & { readonly type: 'xml' }): XmlSyntax {
  const [first = '', ...afterValue] = value.trimEnd().split(/\s*\n\s*/)
  return {
    open: [open.trim()],
    value: new Stops(json === undefined ? [first] : [first, json]),
    afterValue,
    json,
    close: new Stops([close.trim()]),
    hasLines: json === undefined,
  }
}

/**
 * Arguments as elements, shown as a JSON object: text as it comes, other values when they have ended.
 *
 * @returns whether the arguments ended, which they do where no other begins; false: the text did
 */
export function* readElements(reader: TextReader, syntax: XmlSyntax, schema: ArgumentSchema, show: Show): Reading<boolean> {
  show('{')
  for (let size = 0; ; size++) {
    yield* reader.space()
    if ((yield* reader.match(syntax.open)) === undefined) break
    show(size === 0 ? '"' : ', "')
    let name = ''
    const value = yield* reader.until(syntax.value, (text) => {
      name += text
      show(escaped(text))
    })
    if (value === undefined) return false
    show('": ')
    for (const piece of syntax.afterValue) {
      yield* reader.space()
      yield* reader.match([piece])
    }
    const described = value === syntax.json ? anything : schema
    const isText = value !== syntax.json && (syntax.json !== undefined || schema.isText(name))
    if (
      !(yield* isText ? readText(reader, syntax, show) : readValue(reader, syntax, (text) => described.asJson(name, text), show))
    )
      return false
  }
  if (!(yield* reader.more())) return false
  show('}')
  return true
}

function* readText(reader: TextReader, { close, hasLines }: XmlSyntax, show: Show): Reading<boolean> {
  show('"')
  const end = yield* reader.until(
    close,
    hasLines ? withoutOuterLines((text) => show(escaped(text))) : (text) => show(escaped(text)),
  )
  if (end !== undefined) show('"')
  return end !== undefined
}

function* readValue(
  reader: TextReader,
  { close, hasLines }: XmlSyntax,
  asJson: (text: string) => string,
  show: Show,
): Reading<boolean> {
  let value = ''
  const collect = (text: string) => {
    value += text
  }
  const end = yield* reader.until(close, hasLines ? withoutOuterLines(collect) : collect)
  show(end === undefined ? value : asJson(value))
  return end !== undefined
}

/** Shows a text without a line break at its beginning and one at its end. */
function withoutOuterLines(show: Show): Show {
  let isBegun = false
  let held = ''
  return (text) => {
    const rest = held + (isBegun || !text.startsWith('\n') ? text : text.slice(1))
    isBegun = true
    held = rest.endsWith('\n') ? '\n' : ''
    const shown = rest.slice(0, rest.length - held.length)
    if (shown !== '') show(shown)
  }
}
