import {
  type DocumentNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  print,
  specifiedRules,
  validate,
} from 'graphql'
import { schema } from '../../../schema/index.ts'
import { messageOf } from '../../values/errors.ts'
import { PAPERS_A_MESSAGE } from '../../values/webhooks.ts'
import { withChoices } from './choices.ts'
import { storableTexts, uncrowdedSelections } from './input-checks.ts'
import { excessOf, measure } from './limits.ts'
import { parseDocument } from './parsed-documents.ts'

/** In characters. */
const LONGEST = 20_000

/** The variables of a document that is run for a message of a webhook, with their types. */
const VARIABLES: Readonly<Record<string, string>> = { paperIds: '[ID!]!', period: 'Period', date: 'Date' }
const DECLARED = Object.entries(VARIABLES).map(([name, type]) => `\`$${name}: ${type}\``)

/**
 * What is wrong with a document that is stored to be run later, as a sentence; null if nothing is. It has the limits of every other
 * operation.
 */
export function storedDocumentProblem(text: string): string | null {
  if (text.length > LONGEST)
    return `The document may have ${LONGEST.toLocaleString('en')} characters; it has ${text.length.toLocaleString('en')}.`
  let document: DocumentNode
  try {
    document = parseDocument(text)
  } catch (error) {
    return `The document cannot be read: ${messageOf(error)}`
  }
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const [operation] = operations
  if (operation === undefined || operations.length > 1 || operation.operation !== 'query')
    return 'The document must have one operation, a query.'
  const [error] = errorsOf(document)
  if (error) return `The document does not fit the schema: ${withChoices(error.message, schema)}`
  const wrong = wrongVariable(operation)
  if (wrong !== null) return wrong
  const variables = { paperIds: Array(PAPERS_A_MESSAGE).fill('') }
  return excessOf(
    measure(schema, document, operation, variables),
    () => measure(schema, document, operation, variables, true).parts,
  )
}

function errorsOf(document: DocumentNode): readonly GraphQLError[] {
  const options = { maxErrors: 1 }
  const crowded = validate(schema, document, [uncrowdedSelections], options)
  return crowded.length > 0 ? crowded : validate(schema, document, [...specifiedRules, storableTexts], options)
}

function wrongVariable({ variableDefinitions = [] }: OperationDefinitionNode): string | null {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value
    if (VARIABLES[name] !== print(type))
      return `The document has a variable \`$${name}: ${print(type)}\`; it may have ${DECLARED.join(', ')}.`
  }
  return null
}
