import type { ArgumentSyntax, ToolFormat } from '../../../servables/answer-format/tool-formats.ts'
import type { Formats } from './reading.ts'

/** A text as models of a format write it, and what it says (`summary`). */
export interface Sample extends Formats {
  readonly text: string
  readonly says: readonly unknown[]
}

const berlin = ['get_weather', { city: 'Berlin', days: 3 }] as const
const tokyo = ['time_in', { zone: 'Asia/Tokyo' }] as const
const none = ['now', {}] as const
const json = '{"city": "Berlin", "days": 3}'
const zone = '{"zone": "Asia/Tokyo"}'

const xml = (open: string, close: string) => [
  {
    text: `Let me see.\n\n${open}\n<function=get_weather>\n<parameter=city>\nBerlin\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n${close}`,
    says: ['Let me see.', berlin],
  },
  {
    text: `${open}\n<function=now>\n</function>\n${close}\n${open}\n<function=time_in>\n<parameter=zone>Asia/Tokyo</parameter>\n</function>\n${close}`,
    says: [none, tokyo],
  },
  // Without the tag around it, as Qwen3-Coder often writes.
  { text: '<function=time_in>\n<parameter=zone>\nAsia/Tokyo\n</parameter>\n</function>', says: [tokyo] },
  {
    text: `${open}<function=get_weather><parameter=city>a "b"\n\n</x> \\ é</parameter><parameter=hourly>True</parameter><parameter=tags>["a", 'b']</parameter><parameter=where>{'x': 1}</parameter><parameter=note>null</parameter><parameter=limit>2.5</parameter><parameter=unit>C</parameter><parameter=place>{"a": [1]}</parameter><parameter=other>7</parameter></function>${close}`,
    says: [
      [
        'get_weather',
        {
          city: 'a "b"\n\n</x> \\ é',
          hourly: true,
          tags: ['a', 'b'],
          where: { x: 1 },
          note: null,
          limit: 2.5,
          unit: 'C',
          place: { a: [1] },
          other: '7',
        },
      ],
    ],
  },
]

const dsml = (section: string) => {
  const call = `<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">Berlin</｜DSML｜parameter>\n<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n</｜DSML｜invoke>\n`
  return [
    {
      text: `Sure.\n\n<｜DSML｜${section}>\n${call}<｜DSML｜invoke name="now">\n</｜DSML｜invoke>\n</｜DSML｜${section}>`,
      says: ['Sure.', berlin, none],
    },
    {
      text: `<｜DSML｜${section}>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">1</｜DSML｜parameter>\n<｜DSML｜parameter name="tags" string="false">["x"]</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜${section}>`,
      says: [['get_weather', { city: '1', tags: ['x'] }]],
    },
  ]
}

const pythonic = (open: string, close: string) => [
  {
    text: `${open}[get_weather(city="Berlin", days=3), time_in(zone='Asia/Tokyo'), now()]${close}`,
    says: [berlin, tokyo, none],
  },
  {
    text: `${open}[get_weather(city='it\\'s "x"\\n\\u00e9 \\d', hourly=True, note=None, tags=["a", 'b',], where={'k': (1, -2.5e3), "m": {}}, limit=1_000)]${close}`,
    says: [
      [
        'get_weather',
        {
          city: 'it\'s "x"\né \\d',
          hourly: true,
          note: null,
          tags: ['a', 'b'],
          where: { k: [1, -2500], m: {} },
          limit: 1000,
        },
      ],
    ],
  },
  { text: `${open}[get_weather("Berlin", 3)]${close}`, says: [berlin] },
]

const gemma = (open: string, close: string, quote: string) => [
  {
    text: `I look.${open}call:get_weather{city:${quote}Berlin${quote},days:3}${close}${open}call:now{}${close}`,
    says: ['I look.', berlin, none],
  },
  {
    text: `${open}call:get_weather{city:${quote}a "b" {c}, \\n${quote},hourly:false,tags:[${quote}x${quote},${quote}y${quote}],where:{a b:{n:-1.5}},note:null}${close}`,
    says: [
      ['get_weather', { city: 'a "b" {c}, \\n', hourly: false, tags: ['x', 'y'], where: { 'a b': { n: -1.5 } }, note: null }],
    ],
  },
]

const list = (open: string, close: string, parameters = 'arguments') => [
  {
    text: `${open}[{"name": "get_weather", "${parameters}": ${json}}, {"name": "time_in", "${parameters}": ${zone}}]${close}`,
    says: [berlin, tokyo],
  },
  { text: `I will.\n${open}[{"name": "now", "${parameters}": {}}]${close}`, says: ['I will.', none] },
]

const object = (open: string, close: string, between: string, parameters = 'arguments') => [
  {
    text: `Let me see.\n${open}{"name": "get_weather", "${parameters}": ${json}}${close}${between}${open}{"name": "now", "${parameters}": {}}${close}`,
    says: ['Let me see.', berlin, none],
  },
  { text: `${open}{"${parameters}": ${zone}, "name": "time_in"}${close}`, says: [tokyo] },
]

const named = (open: string, between: string, close: string, separator: string, sectionOpen = '', sectionClose = '') => [
  {
    text: `Let me see.${sectionOpen}${open}get_weather${between}${json}${close}${separator}${open}time_in${between}${zone}${close}${sectionClose}`,
    says: ['Let me see.', berlin, tokyo],
  },
]

const of = (tools: string, samples: readonly Sample[]): readonly Sample[] => samples.map((sample) => ({ tools, ...sample }))

const nine = (samples: readonly Sample[]): readonly Sample[] =>
  samples.map(({ says, ...rest }) => ({ ...rest, says: says.map((each) => (Array.isArray(each) ? [...each, '9'] : each)) }))

const kimi = (name: string, index: number) => `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>`

/** At least one text for every row of the table. */
export const samples: readonly Sample[] = [
  ...of('hermes3', object('<tool_call>\n', '\n</tool_call>', '\n')),
  ...of('longcat', object('<longcat_tool_call>\n', '\n</longcat_tool_call>', '\n')),
  ...of('internlm', object('<|action_start|><|plugin|>\n', '<|action_end|>', '\n', 'parameters')),
  ...of('granite-20b-fc', object('<function_call> ', '', '\n')),
  ...of('seed_oss', xml('<seed:tool_call>', '</seed:tool_call>')),
  ...of('qwen3coder', xml('<tool_call>', '</tool_call>')),
  ...of('deepseek_v32', dsml('function_calls')),
  ...of('deepseek_v4', dsml('tool_calls')),
  ...of(
    'deepseek_v3',
    named(
      '<｜tool▁call▁begin｜>function<｜tool▁sep｜>',
      '\n```json\n',
      '\n```<｜tool▁call▁end｜>',
      '\n',
      '<｜tool▁calls▁begin｜>',
      '<｜tool▁calls▁end｜>',
    ),
  ),
  ...of(
    'deepseek_v31',
    named('<｜tool▁call▁begin｜>', '<｜tool▁sep｜>', '<｜tool▁call▁end｜>', '', '<｜tool▁calls▁begin｜>', '<｜tool▁calls▁end｜>'),
  ),
  ...of('devstral', nine(named('[TOOL_CALLS]', '[ARGS]', '', ''))),
  ...of('devstral', [
    {
      text: `[TOOL_CALLS]time_in[CALL_ID]a1B2c3D4e[ARGS]${zone}`,
      says: [['time_in', { zone: 'Asia/Tokyo' }, '9']],
    },
  ]),
  ...of('glm45', [
    {
      text: 'Well.\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Berlin</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>\n<tool_call>now\n</tool_call>',
      says: ['Well.', berlin, none],
    },
    { text: '<tool_call>time_in<arg_key>zone</arg_key><arg_value>Asia/Tokyo</arg_value></tool_call>', says: [tokyo] },
  ]),
  ...of('kimi_k2', [
    {
      text: `Yes.<|tool_calls_section_begin|>${kimi('get_weather', 0)}${json}<|tool_call_end|>${kimi('now', 1)}{}<|tool_call_end|><|tool_calls_section_end|>`,
      says: ['Yes.', [...berlin, 'functions.get_weather:0'], [...none, 'functions.now:1']],
    },
  ]),
  ...of('minimax_m2', [
    {
      text: 'Ok.\n<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">Berlin</parameter>\n<parameter name="days">3</parameter>\n</invoke>\n<invoke name="now">\n</invoke>\n</minimax:tool_call>',
      says: ['Ok.', berlin, none],
    },
  ]),
  ...of('minicpm5', [
    {
      text: '<function name="get_weather"><param name="city">Berlin</param><param name="days">3</param></function>\n<function name="now"></function>',
      says: [berlin, none],
    },
  ]),
  ...of('lfm2', pythonic('<|tool_call_start|>', '<|tool_call_end|>')),
  ...of('llama4_pythonic', pythonic('<|python_start|>', '<|python_end|>')),
  ...of('llama4_pythonic', pythonic('', '')),
  ...of('pythonic', pythonic('', '')),
  ...of('gemma4', gemma('<|tool_call>', '<tool_call|>', '<|"|>')),
  ...of('functiongemma', gemma('<start_function_call>', '<end_function_call>', '<escape>')),
  ...of('command', [
    {
      text: `<|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "get_weather", "parameters": ${json}},\n    {"tool_call_id": "1", "tool_name": "now", "parameters": {}}\n]<|END_ACTION|>`,
      says: [
        [...berlin, '0'],
        [...none, '1'],
      ],
    },
  ]),
  ...of('mistral', nine(list('[TOOL_CALLS]', ''))),
  ...of('mistral', nine(list('[TOOL_CALLS] ', ''))),
  ...of('mistral', nine(list('', '').slice(0, 1))),
  ...of('phi4', list('functools', '')),
  ...of('granite', list('<|tool_call|>', '')),
  ...of('granite', list('<tool_call>', '')),
  ...of('nemotron_json', list('<TOOLCALL>', '</TOOLCALL>')),
  ...of('jamba', list('<tool_calls>', '</tool_calls>')),
  ...of('jamba', [
    {
      text: `<tool_calls>\n{"name": "get_weather", "arguments": ${json}}\n{"name": "now", "arguments": {}}\n</tool_calls>`,
      says: [berlin, none],
    },
  ]),
  ...of('llama3', [
    { text: `{"name": "get_weather", "parameters": ${json}}; {"name": "now", "parameters": {}}`, says: [berlin, none] },
    { text: `<|python_tag|>{"name": "time_in", "parameters": ${zone}}`, says: [tokyo] },
    { text: `{"type": "function", "name": "time_in", "parameters": ${zone}}`, says: [tokyo] },
  ]),
  ...of('gptoss', [
    {
      reasoning: 'gptoss',
      text: `<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>${json}<|call|>`,
      says: ['? Think.', 'I look.', berlin],
    },
    {
      reasoning: 'gptoss',
      text: `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant to=functions.time_in<|channel|>commentary json<|message|>${zone}<|call|>`,
      says: ['? Hm.', tokyo],
    },
    { text: ` to=functions.time_in<|channel|>analysis<|message|>${zone}<|call|>`, says: [tokyo] },
    {
      reasoning: 'gptoss',
      text: '<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>Four. <|return|>',
      says: ['? Easy.', 'Four.'],
    },
  ]),
]

/** The calls of `get_weather` in Berlin and of `now`, exactly as a row of the table says. */
export function written({ section, list, call, separator, body, ids }: ToolFormat): string {
  const calls = [
    ['get_weather', berlin[1]],
    ['now', {}],
  ] as const
  const texts = calls.map(([name, values], index) => {
    if (body.type === 'object') {
      const id = body.id === undefined ? '' : `"${body.id}": "${index}", `
      return `${call.begin}{${id}"${body.name}": "${name}", "${body.arguments}": ${JSON.stringify(values)}}${call.end}`
    }
    const writtenName = ids === 'kimi' ? `functions.${name}:${index}` : name
    return `${call.begin}${writtenName}${body.between}${writtenArguments(body.arguments, values)}${call.end}`
  })
  const joined = texts.join(separator)
  return section.begin + (list ? `[${joined}]` : joined) + section.end
}

function writtenArguments(syntax: ArgumentSyntax, values: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(values)
  switch (syntax.type) {
    case 'json':
      return JSON.stringify(values)
    case 'python':
      return pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')
    case 'gemma':
      return pairs
        .map(([name, value]) => `${name}:${typeof value === 'string' ? syntax.quote + value + syntax.quote : value}`)
        .join(',')
    case 'xml':
      return pairs
        .map(([name, value]) => {
          const isText = typeof value === 'string'
          return `${syntax.open}${name}${isText ? syntax.value : (syntax.json ?? syntax.value)}${value}${syntax.close}`
        })
        .join('')
  }
}
