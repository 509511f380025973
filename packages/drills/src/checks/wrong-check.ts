import { AppError } from '@resguardo/shared'

/** The check itself is wrong: it can say nothing about the backup. */
export const wrongCheck = (message: string, hint: string, cause?: unknown) =>
  new AppError('VALIDATION_FAILED', message, { hint, cause })

/** A regular expression of the plan's author. @throws VALIDATION_FAILED */
export function pattern(source: string): RegExp {
  try {
    return new RegExp(source)
  } catch (error) {
    throw wrongCheck(
      `${JSON.stringify(source)} is not a regular expression: ${(error as Error).message}`,
      "Correct the check's regular expression.",
      error
    )
  }
}
