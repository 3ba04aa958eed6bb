import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'

/**
 * Logs promises that fail while nothing waits for them, instead of ending the process, which is what Node does.
 *
 * When an item of a list fails at once, graphql-js and `@graphql-tools/executor` stop waiting for the other items. If one of
 * these fails later, its promise is one of these: any client could end the server.
 */
export function logUnhandledRejections(log: Logger): void {
  process.on('unhandledRejection', (error) => {
    if (error instanceof GraphQLError) log.warn({ err: error }, 'A field failed after its operation had failed.')
    else log.error({ err: error }, 'A promise failed that nothing waited for.')
  })
}
