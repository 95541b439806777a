import { useEffect, useMemo } from 'react'
import { useApi } from '../../state/index.ts'

/** While writing goes on, the engine is told this often; it decides itself how often the other side is. */
const AGAIN_MS = 2_000
/** A pause this long ends the notice. */
const PAUSE_MS = 5_000

/** Tells the engine when something is being written, and when no longer. */
export function useTypingNotices(id: string) {
  const api = useApi()
  const notices = useMemo(() => {
    let told = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const tell = (typing: boolean) => {
      // Of no importance: a notice that does not get through is forgotten.
      api.setTyping(id, typing).catch(() => undefined)
    }
    const stop = () => {
      clearTimeout(timer)
      if (told === 0) return
      told = 0
      tell(false)
    }
    return {
      typed: () => {
        clearTimeout(timer)
        timer = setTimeout(stop, PAUSE_MS)
        const now = Date.now()
        if (now - told < AGAIN_MS) return
        told = now
        tell(true)
      },
      stop,
      /** The message itself says that writing has ended. */
      sent: () => {
        clearTimeout(timer)
        told = 0
      },
    }
  }, [api, id])
  useEffect(() => notices.stop, [notices])
  return notices
}
