/** How a call's arguments are written. Whatever the syntax, clients get JSON. */
export type ArgumentSyntax =
  /** A JSON object. */
  | { readonly type: 'json' }
  /** Python's keyword arguments, without the parentheses: `city="Berlin", days=3`. */
  | { readonly type: 'python' }
  /** `city:<|"|>Berlin<|"|>,days:3`, without the braces; `quote` stands on both sides of a string. */
  | { readonly type: 'gemma'; readonly quote: string }
  /**
   * One element per argument: `open`, its name, `value`, its value, `close`. A value is text where the function's schema says
   * string, and JSON elsewhere; with `json`, which then stands in the place of `value`, the model itself says that it is JSON.
   */
  | { readonly type: 'xml'; readonly open: string; readonly value: string; readonly json?: string; readonly close: string }

/** How a call tells function and arguments. */
export type CallBody =
  /** A JSON object with these keys: `{"name": "f", "arguments": {…}}`. With `id` the model numbers its calls: `{"id": "0", …`. */
  | { readonly type: 'object'; readonly name: string; readonly arguments: string; readonly id?: string }
  /** The bare name, then `between`, then the arguments. */
  | { readonly type: 'named'; readonly between: string; readonly arguments: ArgumentSyntax }

/**
 * How a family of models writes tool calls. The texts are exact, as the models were trained to write them; what is read may have
 * other white space at their line breaks and ends, and lack closing texts. Calls are
 *
 *     section.begin [ call.begin body call.end separator call.begin body call.end ] section.end
 *
 * where the square brackets are there if `list`.
 */
export interface ToolFormat {
  /** Values of the option `tool_parser`: OVMS's name where it has one, then those of vLLM and SGLang. */
  readonly names: readonly [string, ...string[]]
  /** Around all calls of an answer; '': nothing. */
  readonly section: { readonly begin: string; readonly end: string }
  /** Whether the calls are the elements of a list in square brackets. */
  readonly list: boolean
  readonly call: { readonly begin: string; readonly end: string }
  readonly separator: string
  readonly body: CallBody
  /**
   * Texts in content at which calls begin: the first is how `section.begin` or `call.begin` begins; the others are where second
   * calls begin, and where models join in that leave something out.
   */
  readonly triggers: readonly string[]
  /** Whether an answer that begins as a call does is one without any trigger, if its function is the request's. */
  readonly bare: boolean
  /** `call_` and 24 letters and digits; Mistral's 9; or Kimi's `functions.NAME:INDEX`, which the model writes in place of the name. */
  readonly ids: 'openai' | 'mistral' | 'kimi'
  /** gpt-oss's messages with channels, of which calls are one kind: read as a whole, with the reasoning. */
  readonly harmony: boolean
  /** Models whose chat template has all texts of one of these lists use the format, unless one above in the table has claimed them. */
  readonly evidence: readonly (readonly string[])[]
}

/** What most formats have in common. */
const usual = {
  section: { begin: '', end: '' },
  list: false,
  call: { begin: '', end: '' },
  separator: '\n',
  bare: false,
  ids: 'openai',
  harmony: false,
} as const

const json = { type: 'json' } as const
const nameAndArguments = { type: 'object', name: 'name', arguments: 'arguments' } as const
const nameAndParameters = { type: 'object', name: 'name', arguments: 'parameters' } as const

/** Sources: the models' chat templates and cards; the parsers of OVMS, vLLM, SGLang and llama.cpp. The more particular come first. */
export const toolFormats: readonly ToolFormat[] = [
  {
    ...usual,
    names: ['gptoss', 'openai', 'gpt-oss', 'harmony'],
    call: { begin: '<|channel|>commentary to=functions.', end: '<|call|>' },
    separator: '<|start|>assistant',
    body: { type: 'named', between: ' <|constrain|>json<|message|>', arguments: json },
    triggers: ['<|channel|>', '<|start|>'],
    harmony: true,
    evidence: [['<|channel|>', '<|message|>']],
  },
  {
    ...usual,
    names: ['seed_oss'],
    call: { begin: '<seed:tool_call>\n<function=', end: '</function>\n</seed:tool_call>' },
    body: {
      type: 'named',
      between: '>\n',
      arguments: { type: 'xml', open: '<parameter=', value: '>', close: '</parameter>\n' },
    },
    triggers: ['<seed:tool_call>', '<function='],
    evidence: [['<seed:tool_call>']],
  },
  {
    ...usual,
    names: ['qwen3coder', 'qwen3_coder', 'qwen3_xml', 'nemotron3'],
    call: { begin: '<tool_call>\n<function=', end: '</function>\n</tool_call>' },
    body: {
      type: 'named',
      between: '>\n',
      arguments: { type: 'xml', open: '<parameter=', value: '>\n', close: '\n</parameter>\n' },
    },
    triggers: ['<tool_call>', '<function='],
    evidence: [['<function=', '<parameter=']],
  },
  {
    ...usual,
    names: ['deepseek_v32', 'deepseekv32', 'dsml'],
    section: { begin: '<｜DSML｜function_calls>\n', end: '</｜DSML｜function_calls>' },
    call: { begin: '<｜DSML｜invoke name="', end: '</｜DSML｜invoke>\n' },
    separator: '',
    body: {
      type: 'named',
      between: '">\n',
      arguments: {
        type: 'xml',
        open: '<｜DSML｜parameter name="',
        value: '" string="true">',
        json: '" string="false">',
        close: '</｜DSML｜parameter>\n',
      },
    },
    triggers: ['<｜DSML｜function_calls>', '<｜DSML｜invoke name="'],
    evidence: [['｜DSML｜', 'function_calls']],
  },
  {
    ...usual,
    names: ['deepseek_v4'],
    section: { begin: '<｜DSML｜tool_calls>\n', end: '</｜DSML｜tool_calls>' },
    call: { begin: '<｜DSML｜invoke name="', end: '</｜DSML｜invoke>\n' },
    separator: '',
    body: {
      type: 'named',
      between: '">\n',
      arguments: {
        type: 'xml',
        open: '<｜DSML｜parameter name="',
        value: '" string="true">',
        json: '" string="false">',
        close: '</｜DSML｜parameter>\n',
      },
    },
    triggers: ['<｜DSML｜tool_calls>', '<｜DSML｜invoke name="'],
    evidence: [['｜DSML｜', 'tool_calls']],
  },
  {
    ...usual,
    names: ['deepseek_v3', 'deepseekv3'],
    section: { begin: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' },
    call: { begin: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>', end: '\n```<｜tool▁call▁end｜>' },
    body: { type: 'named', between: '\n```json\n', arguments: json },
    triggers: ['<｜tool▁calls▁begin｜>', '<｜tool▁call▁begin｜>'],
    evidence: [['<｜tool▁sep｜>', '```json']],
  },
  {
    ...usual,
    names: ['deepseek_v31', 'deepseekv31'],
    section: { begin: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' },
    call: { begin: '<｜tool▁call▁begin｜>', end: '<｜tool▁call▁end｜>' },
    separator: '',
    body: { type: 'named', between: '<｜tool▁sep｜>', arguments: json },
    triggers: ['<｜tool▁calls▁begin｜>', '<｜tool▁call▁begin｜>'],
    evidence: [['<｜tool▁sep｜>']],
  },
  {
    ...usual,
    names: ['glm45', 'glm47', 'glm'],
    call: { begin: '<tool_call>', end: '</tool_call>' },
    body: {
      type: 'named',
      between: '\n',
      arguments: { type: 'xml', open: '<arg_key>', value: '</arg_key>\n<arg_value>', close: '</arg_value>\n' },
    },
    triggers: ['<tool_call>'],
    evidence: [['<arg_key>', '<arg_value>']],
  },
  {
    ...usual,
    names: ['kimi_k2', 'kimi'],
    section: { begin: '<|tool_calls_section_begin|>', end: '<|tool_calls_section_end|>' },
    call: { begin: '<|tool_call_begin|>', end: '<|tool_call_end|>' },
    separator: '',
    body: { type: 'named', between: '<|tool_call_argument_begin|>', arguments: json },
    triggers: ['<|tool_calls_section_begin|>', '<|tool_call_begin|>'],
    ids: 'kimi',
    evidence: [['<|tool_call_begin|>', '<|tool_call_argument_begin|>']],
  },
  {
    ...usual,
    names: ['minimax_m2', 'minimax-m2'],
    section: { begin: '<minimax:tool_call>\n', end: '</minimax:tool_call>' },
    call: { begin: '<invoke name="', end: '</invoke>\n' },
    separator: '',
    body: {
      type: 'named',
      between: '">\n',
      arguments: { type: 'xml', open: '<parameter name="', value: '">', close: '</parameter>\n' },
    },
    triggers: ['<minimax:tool_call>', '<invoke name="'],
    evidence: [['<minimax:tool_call>'], ['minimax:tool_call', '<invoke name=']],
  },
  {
    ...usual,
    names: ['minicpm5'],
    call: { begin: '<function name="', end: '</function>' },
    body: {
      type: 'named',
      between: '">',
      arguments: { type: 'xml', open: '<param name="', value: '">', close: '</param>' },
    },
    triggers: ['<function name="'],
    evidence: [['<function name=', '<param name=']],
  },
  {
    ...usual,
    names: ['lfm2'],
    section: { begin: '<|tool_call_start|>', end: '<|tool_call_end|>' },
    list: true,
    call: { begin: '', end: ')' },
    separator: ', ',
    body: { type: 'named', between: '(', arguments: { type: 'python' } },
    triggers: ['<|tool_call_start|>'],
    evidence: [['<|tool_call_start|>'], ['<|tool_list_start|>'], ['keep_past_thinking']],
  },
  {
    ...usual,
    names: ['gemma4'],
    call: { begin: '<|tool_call>call:', end: '}<tool_call|>' },
    separator: '',
    body: { type: 'named', between: '{', arguments: { type: 'gemma', quote: '<|"|>' } },
    triggers: ['<|tool_call>'],
    evidence: [['<|tool_call>']],
  },
  {
    ...usual,
    names: ['functiongemma'],
    call: { begin: '<start_function_call>call:', end: '}<end_function_call>' },
    separator: '',
    body: { type: 'named', between: '{', arguments: { type: 'gemma', quote: '<escape>' } },
    triggers: ['<start_function_call>'],
    evidence: [['<start_function_call>']],
  },
  {
    ...usual,
    names: ['command', 'cohere', 'command_r7b', 'cohere_command3'],
    section: { begin: '<|START_ACTION|>', end: '<|END_ACTION|>' },
    list: true,
    separator: ',\n',
    body: { type: 'object', id: 'tool_call_id', name: 'tool_name', arguments: 'parameters' },
    triggers: ['<|START_ACTION|>'],
    evidence: [['<|START_ACTION|>']],
  },
  {
    ...usual,
    names: ['devstral', 'mistral_v11'],
    call: { begin: '[TOOL_CALLS]', end: '' },
    separator: '',
    body: { type: 'named', between: '[ARGS]', arguments: json },
    triggers: ['[TOOL_CALLS]'],
    ids: 'mistral',
    evidence: [['[TOOL_CALLS]', '[ARGS]']],
  },
  {
    ...usual,
    names: ['mistral'],
    section: { begin: '[TOOL_CALLS]', end: '' },
    list: true,
    separator: ', ',
    body: nameAndArguments,
    triggers: ['[TOOL_CALLS]'],
    bare: true,
    ids: 'mistral',
    evidence: [['[TOOL_CALLS]']],
  },
  {
    ...usual,
    names: ['phi4', 'phi4_mini_json'],
    section: { begin: 'functools', end: '' },
    list: true,
    separator: ', ',
    body: nameAndArguments,
    triggers: ['functools['],
    evidence: [['functools'], ['<|tool|>', '<|/tool|>']],
  },
  {
    ...usual,
    names: ['internlm', 'internlm2'],
    call: { begin: '<|action_start|><|plugin|>\n', end: '<|action_end|>' },
    body: nameAndParameters,
    triggers: ['<|action_start|><|plugin|>'],
    evidence: [['<|action_start|>', '<|plugin|>']],
  },
  {
    ...usual,
    names: ['granite-20b-fc', 'granite_20b_fc'],
    call: { begin: '<function_call> ', end: '' },
    body: nameAndArguments,
    triggers: ['<function_call>'],
    evidence: [['<function_call>']],
  },
  {
    ...usual,
    names: ['granite'],
    section: { begin: '<|tool_call|>', end: '' },
    list: true,
    separator: ', ',
    body: nameAndArguments,
    triggers: ['<|tool_call|>', '<tool_call>'],
    bare: true,
    evidence: [['<|tool_call|>']],
  },
  {
    ...usual,
    names: ['nemotron_json', 'nemotron_nano_v2'],
    section: { begin: '<TOOLCALL>', end: '</TOOLCALL>' },
    list: true,
    separator: ', ',
    body: nameAndArguments,
    triggers: ['<TOOLCALL>'],
    evidence: [['<TOOLCALL>']],
  },
  {
    ...usual,
    names: ['longcat'],
    call: { begin: '<longcat_tool_call>\n', end: '\n</longcat_tool_call>' },
    body: nameAndArguments,
    triggers: ['<longcat_tool_call>'],
    evidence: [['<longcat_tool_call>']],
  },
  {
    ...usual,
    names: ['jamba', 'hunyuan_a13b', 'minimax', 'apriel'],
    section: { begin: '<tool_calls>', end: '</tool_calls>' },
    list: true,
    separator: ', ',
    body: nameAndArguments,
    triggers: ['<tool_calls>'],
    evidence: [['<tool_calls>']],
  },
  {
    ...usual,
    names: ['hermes3', 'hermes', 'qwen', 'qwen25', 'granite4', 'ernie45'],
    call: { begin: '<tool_call>\n', end: '\n</tool_call>' },
    body: nameAndArguments,
    triggers: ['<tool_call>'],
    evidence: [['<tool_call>']],
  },
  {
    ...usual,
    names: ['llama3', 'llama3_json', 'llama4_json'],
    separator: '; ',
    body: nameAndParameters,
    triggers: ['<|python_tag|>'],
    bare: true,
    evidence: [['<|python_tag|>'], ['"parameters": dictionary of argument name']],
  },
  {
    ...usual,
    names: ['llama4_pythonic'],
    section: { begin: '<|python_start|>', end: '<|python_end|>' },
    list: true,
    call: { begin: '', end: ')' },
    separator: ', ',
    body: { type: 'named', between: '(', arguments: { type: 'python' } },
    triggers: ['<|python_start|>'],
    bare: true,
    evidence: [['<|python_start|>'], ['<|header_start|>', '[func_name1(']],
  },
  {
    ...usual,
    names: ['pythonic'],
    list: true,
    call: { begin: '', end: ')' },
    separator: ', ',
    body: { type: 'named', between: '(', arguments: { type: 'python' } },
    triggers: [],
    bare: true,
    evidence: [['[func_name1(']],
  },
]
