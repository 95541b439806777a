import { expect, it, vi } from 'vitest'

vi.mock('../../state/index.ts', () => ({ engineApi: () => ({}), onMediaGone: () => undefined }))

it('what a file is saved as is a plain name, whatever its author calls it', async () => {
  const { isShowable, safeName } = await import('./blobs.ts')
  expect(
    [
      'holiday.jpg',
      '../../etc/passwd',
      'C:\\boot.ini',
      '.htaccess',
      '',
      undefined,
      ' . ',
      'gpj.\u202Eexe',
      'a\u0000b',
      'я.txt',
    ].map(safeName),
  ).toEqual([
    'holiday.jpg',
    '_.._etc_passwd',
    'C__boot.ini',
    'htaccess',
    'file',
    'file',
    'file',
    'gpj._exe',
    'a_b',
    'я.txt',
  ])
  expect(['image/jpeg', 'image/svg+xml', 'text/html', 'application/pdf', 'video/mp4'].map(isShowable)).toEqual([
    true,
    false,
    false,
    false,
    true,
  ])
})
