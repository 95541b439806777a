/** What went wrong, in words for the person at the terminal: printed without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Runs a command's `main`; a {@link Failure} is printed as its message, anything else with its stack. Exit code 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const text =
      error instanceof Failure ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`${text}\n`)
    process.exitCode = 1
  }
}
