import type { ReactNode } from 'react'
import { useProfile } from '../../state/index.ts'
import { usePerson } from '../contact/use-person.ts'

const SHAPE = 'inline rounded-[0.3rem] px-0.5 font-semibold box-decoration-clone'

/** A name in a text, which leads to its owner; the own name stands out more. */
export function MentionText({ account, children }: { account: string; children: ReactNode }) {
  const open = usePerson()
  if (useProfile()?.account === account) return <mark className={`${SHAPE} bg-accent text-on-accent`}>{children}</mark>
  return (
    <button
      type="button"
      onClick={() => open(account, 'contact')}
      className={`${SHAPE} bg-text/10 text-start underline-offset-2 hover:underline`}
    >
      {children}
    </button>
  )
}
