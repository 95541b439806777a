import { useEffect } from 'react'
import { create } from 'zustand'

/** A message that is to be shown when its conversation is open. */
interface Jump {
  readonly conversation: string
  readonly order: number
}

const useJumps = create<{ readonly jump: Jump | undefined }>(() => ({ jump: undefined }))

export function jumpTo(conversation: string, order: number): void {
  useJumps.setState({ jump: { conversation, order } })
}

/** Calls back when a message of this conversation is to be shown; once for each. */
export function useJumpTo(conversation: string, show: (order: number) => void): void {
  const jump = useJumps((state) => state.jump)
  useEffect(() => {
    if (jump?.conversation !== conversation) return
    useJumps.setState({ jump: undefined })
    show(jump.order)
  }, [jump, conversation, show])
}
