import type { Reporter, TestModule } from 'vitest/node'

/** Closes a run with `N passed, N failed` alone on a line. A run without tests, or a file that does not load, fails. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    let failed = errors.length
    for (const module of modules) {
      failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        if (state === 'failed') failed += 1
      }
      for (const suite of module.children.allSuites()) failed += suite.errors().length
    }
    if (passed + failed === 0) failed = 1
    if (failed > 0) process.exitCode = 1
    // After the default reporter's own summary, which is written in the same turn.
    process.on('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`))
  }
}
