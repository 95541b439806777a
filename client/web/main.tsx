import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { connect } from './app/connect.ts'
import { keepFocus } from './app/focus.ts'
import { speak } from './i18n/i18n.ts'
import { followAppearance, useAppearance } from './state/appearance.ts'
import { startEngine } from './state/index.ts'

followAppearance()
keepFocus()
void start()

/** Not by an `await` at the top of this file: what `connect` imports may import from the chunk that waits for it. */
async function start(): Promise<void> {
  const [engine] = await Promise.all([connect(), followLanguage()])
  startEngine(engine)
  const root = document.getElementById('root')
  if (root === null) return
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}

/** Resolves when the texts of the chosen language are there, so that nothing is drawn in another one before. */
function followLanguage(): Promise<void> {
  useAppearance.subscribe(({ language }, before) => {
    if (language !== before.language) void speak(language)
  })
  return speak(useAppearance.getState().language)
}
