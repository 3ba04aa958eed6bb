import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { handleStreamOrSingleExecutionResult, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { RequestTrace } from '../request-trace.ts'
import { describeError } from './errors.ts'

/**
 * Turns the errors of results and of events into those that clients get. Yoga's `maskedErrors` does the same without knowing
 * the request, whose id an error quotes.
 */
export function useDescribedErrors(log: Logger): Plugin<{ trace: RequestTrace }> {
  const describe = (error: unknown, args: ExecutionArgs) =>
    describeError(error, log, (args.contextValue as { trace: RequestTrace }).trace)
  const describeAll = ({
    args,
    result,
    setResult,
  }: {
    args: ExecutionArgs
    result: ExecutionResult
    setResult: (result: ExecutionResult) => void
  }) => {
    if (result.errors) setResult({ ...result, errors: result.errors.map((error) => describe(error, args)) })
  }
  return {
    onExecute: () => ({ onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, describeAll) }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: (payload) => handleStreamOrSingleExecutionResult(payload, describeAll),
      onSubscribeError: ({ error, setError }) => setError(describe(error, args)),
    }),
  }
}
