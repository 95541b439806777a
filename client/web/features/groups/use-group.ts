import { useCallback } from 'react'
import type { GroupView } from '../../engine/api.ts'
import { useApi, useGroupVersion } from '../../state/index.ts'
import { type Answer, useAnswer } from '../settings/use-answer.ts'

/** A group with its members, asked for anew whenever it changed. */
export function useGroupAnswer(id: string): { readonly answer: Answer<GroupView>; readonly again: () => void } {
  const api = useApi()
  return useAnswer(
    useCallback(() => api.group(id), [api, id]),
    useGroupVersion(id),
  )
}

/** The same, where it is not waited for. @param id `undefined`: of no group. */
export function useGroup(id: string | undefined): GroupView | undefined {
  const api = useApi()
  const version = useGroupVersion(id ?? '')
  const { answer } = useAnswer(
    useCallback(() => (id === undefined ? Promise.resolve(undefined) : api.group(id)), [api, id]),
    version,
  )
  return answer.state === 'ready' ? answer.value : undefined
}
