import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { connect } from './app/connect.ts'
import { keepFocus } from './app/focus.ts'
import { followAppearance } from './state/appearance.ts'
import { startEngine } from './state/index.ts'

followAppearance()
keepFocus()
void start()

/** Not by an `await` at the top of this file: what `connect` imports may import from the chunk that waits for it. */
async function start(): Promise<void> {
  startEngine(await connect())
  const root = document.getElementById('root')
  if (root === null) return
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
