import { RouterProvider } from '@tanstack/react-router'
import { router } from './router.tsx'

/** Everything of an account that is open. Loaded apart from what a first visit shows. */
export default function Account() {
  return <RouterProvider router={router} />
}
