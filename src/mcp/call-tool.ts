import type { IncomingMessage } from 'node:http'
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
  parse,
} from 'graphql'
import { schema } from '../../schema/index.ts'
import { describeError } from '../http/graphql/errors.ts'
import type { Caller, GraphqlHandler } from '../http/graphql/handler.ts'
import { sha256 } from '../http/graphql/persisted-documents.ts'
import type { ServerParts } from '../http/parts.ts'
import { composeText } from './paper-text.ts'
import { type ObjectSchema, operationSchema } from './tool-schema.ts'
import { TOOLS, type Tool } from './tools.ts'

/** A request to the server of tools, and what answers it. */
export interface ToolCaller extends Caller {
  request: IncomingMessage
  graphql: Pick<GraphqlHandler, 'execute'>
  parts: ServerParts
}

/** What a call returns, as the protocol has it. */
export interface ToolResult {
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
  [member: string]: unknown
}

/** A tool with what follows from its document. */
export interface DescribedTool extends Tool {
  document: DocumentNode
  isMutation: boolean
  description: string
  input: ObjectSchema
  output: ObjectSchema
}

/** What every result has beside the data. */
const MORE_OUTPUT: ObjectSchema['properties'] = {
  links: {
    type: 'object',
    description: 'Where the result can be read again.',
    properties: {
      page: {
        type: ['string', 'null'],
        description: 'The page of what this shows, for people; null if there is none.',
      },
      feed: { type: ['string', 'null'], description: 'The RSS feed of just this list; null if there is none.' },
      graphql: {
        type: 'object',
        description: 'The GraphQL operation that returns the same data.',
        properties: {
          query: { type: 'string', description: 'The document, to be posted to `/graphql` of this server.' },
          variables: { type: 'object', description: 'Its variables.' },
          url: {
            type: ['string', 'null'],
            description:
              'The address that returns the data by GET; null for a mutation, and where it would be too long.',
          },
        },
        required: ['query', 'variables', 'url'],
      },
    },
    required: ['page', 'feed', 'graphql'],
  },
  problems: {
    type: 'array',
    items: { type: 'string' },
    description:
      'What was wrong with a part of the arguments, such as names in a filter that this catalogue does not know.',
  },
}

function describeTool(tool: Tool): DescribedTool {
  const document = parse(tool.query)
  const { description, input, output } = operationSchema(document, tool.about)
  return {
    ...tool,
    document,
    isMutation: getOperationAST(document)?.operation === 'mutation',
    description,
    input,
    output: {
      ...output,
      properties: { ...output.properties, ...MORE_OUTPUT },
      required: [...output.required, ...Object.keys(MORE_OUTPUT)],
    },
  }
}

/** All tools, by name. */
export const DESCRIBED_TOOLS: ReadonlyMap<string, DescribedTool> = new Map(
  TOOLS.map((tool) => [tool.name, describeTool(tool)]),
)

/** Runs a tool. What went wrong is a result, too, because a model reads results and can mend its call. */
export async function callTool(name: string, given: Record<string, unknown>, caller: ToolCaller): Promise<ToolResult> {
  const { meter, trace } = caller
  try {
    const tool = DESCRIBED_TOOLS.get(name)
    const unknown = tool && Object.keys(given).filter((argument) => !Object.hasOwn(tool.input.properties, argument))
    if (tool === undefined || unknown === undefined || unknown.length > 0) {
      await meter.charge(1)
      trace.code = 'BAD_USER_INPUT'
      return failure([tool ? unknownArguments(tool, unknown ?? []) : unknownTool(name)])
    }
    const result = await caller.graphql.execute({ query: tool.query, variables: given }, caller.request, caller)
    return resultOf(tool, given, result, caller)
  } catch (error) {
    const described = describeError(error, caller.parts.log, trace)
    trace.code = described.extensions.code ?? null
    return failure([messageWithCode(described)])
  }
}

function resultOf(
  tool: DescribedTool,
  given: Record<string, unknown>,
  { data, errors = [], extensions }: ExecutionResult,
  { parts: { publicUrl }, trace }: ToolCaller,
): ToolResult {
  trace.code = errors[0]?.extensions.code ?? null
  const messages = errors.map(messageWithCode)
  const [first] = Object.values(data ?? {})
  if (data == null || (errors.length > 0 && first == null)) return failure(messages)
  const refusal = tool.isMutation ? (first as { message?: string; fields?: { path: string; message: string }[] }) : null
  if (typeof refusal?.message === 'string')
    return failure([refusal.message, ...(refusal.fields ?? []).map(({ path, message }) => `${path}: ${message}`)])

  const variables = coercedVariables(tool, given)
  const problems = [...messages, ...unknownMembers(extensions)]
  const graphql = {
    query: tool.query,
    variables: given,
    url: tool.isMutation ? null : getAddress(publicUrl, tool, given),
  }
  const links = { ...tool.links(data, variables, publicUrl), graphql }
  const addresses = { Page: links.page, Feed: links.feed, GraphQL: graphql.url }
  const lines = Object.entries(addresses).flatMap(([name, url]) => (url === null ? [] : [`${name}: ${url}`]))
  // Part of an address leads nowhere.
  const last = [...problems.map(shortened), ...lines.filter((line) => line.length <= LONGEST_LINE)]
  return {
    content: [{ type: 'text', text: composeText(tool.text(data, variables), last) }],
    structuredContent: { ...data, links, problems },
  }
}

/** In characters: a longer line is in the structured content only. */
const LONGEST_LINE = 1_500

/** In characters: some proxies refuse longer ones. */
const LONGEST_ADDRESS = 8_000

const shortened = (line: string): string => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line)

/** As resolvers get them, with defaults; GraphQL has accepted them. */
const coercedVariables = ({ document }: DescribedTool, given: Record<string, unknown>) =>
  getVariableValues(schema, getOperationAST(document)?.variableDefinitions ?? [], given).coerced ?? {}

function getAddress(publicUrl: string, { query }: Tool, given: Record<string, unknown>): string | null {
  const parameters = { documentId: `sha256:${sha256(query)}`, variables: JSON.stringify(given) }
  // These need no escape in a query, and an address without escapes is shorter.
  const text = new URLSearchParams(parameters).toString().replaceAll('%3A', ':').replaceAll('%2C', ',')
  const address = `${publicUrl}/graphql?${text}`
  return address.length > LONGEST_ADDRESS ? null : address
}

function unknownMembers(extensions: ExecutionResult['extensions']): string[] {
  const unknown = (extensions?.unknown ?? {}) as Record<string, string[]>
  return Object.entries(unknown).map(
    ([field, members]) => `Nothing in this catalogue is named by these members of ${field}: ${members.join(', ')}.`,
  )
}

const messageWithCode = ({ message, extensions }: GraphQLError): string =>
  extensions.code === undefined ? message : `${extensions.code}: ${message}`

const failure = (messages: readonly string[]): ToolResult => ({
  content: [{ type: 'text', text: messages.map(shortened).join('\n') }],
  isError: true,
})

const unknownTool = (name: string) =>
  `There is no tool ${JSON.stringify(name.slice(0, 100))}. The tools are ${[...DESCRIBED_TOOLS.keys()].join(', ')}.`

const unknownArguments = ({ name, input }: DescribedTool, unknown: readonly string[]) =>
  `${name} has no argument ${unknown.map((argument) => JSON.stringify(argument.slice(0, 100))).join(', ')}. Its arguments are ${Object.keys(input.properties).join(', ')}.`
