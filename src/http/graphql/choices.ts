import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'

/** Where a message of graphql-js names the type of a wrong value. */
const TYPE = /\b(?:type|Input Object|Enum|in) "(\w+)!?"/
/** Where it names the field that does not have an argument. */
const FIELD = /^Unknown argument ".*" on field "(\w+)\.(\w+)"/

/**
 * A message of graphql-js about a wrong value or argument, with those that are allowed. By itself it has only the name of
 * their type, and names that are spelled similarly.
 */
export function withChoices(message: string, schema: GraphQLSchema): string {
  const type = schema.getType(TYPE.exec(message)?.[1] ?? '')
  if (isEnumType(type)) {
    const hint = /non-enum value: "/.test(message) ? ', without quotation marks' : ''
    return `${message} The values are ${listed(type.getValues())}${hint}.`
  }
  if (isInputObjectType(type)) return `${message} The fields are ${listed(Object.values(type.getFields()))}.`
  const [, typeName = '', fieldName = ''] = FIELD.exec(message) ?? []
  const owner = schema.getType(typeName)
  const args = isObjectType(owner) || isInterfaceType(owner) ? (owner.getFields()[fieldName]?.args ?? []) : []
  return args.length === 0 ? message : `${message} The arguments are ${listed(args)}.`
}

const LIST = new Intl.ListFormat('en')
const listed = (members: readonly { name: string }[]): string => LIST.format(members.map(({ name }) => name))
