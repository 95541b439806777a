/** `npm run build`: the web client, unless it is built already. */

import { ensureClient } from './lib/client-build.ts'

await ensureClient(() => process.stdout.write('Building the web client…\n'))
