/** `npm start`: the whole system on this machine, until Ctrl-C. */

import { runCommand } from './lib/failure.ts'
import { parsePort } from './lib/ports.ts'
import { untilStopped } from './lib/signals.ts'
import { startSystem } from './lib/system.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

await runCommand(async () => {
  const { env } = process
  const stopped = untilStopped()
  say('SilentRelay is starting…')
  const system = await startSystem({
    host: env['HOST'] || '127.0.0.1',
    port: parsePort(env['PORT'], 8787),
    data: env['DATA_DIR'],
    env,
    say,
  })
  say(
    `SilentRelay is ready: ${system.url}\n${system.description.map((line) => `  ${line}`).join('\n')}\nCtrl-C stops it; all data stays.`,
  )
  await stopped
  say('Stopping…')
  await system.close()
  say('Stopped.')
})
// Nothing is left to do, whatever a library may still have open.
process.exit()
