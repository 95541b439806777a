import { expect, it } from 'vitest'
import { addressPrefix, networkPrefix } from './address.ts'

it.each([
  ['203.0.113.9', '203.0.113.9', '203.0.113'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
  ['2001:0DB8:0001::6', '2001:db8:1:0', '2001:db8:1'],
  ['::1', '0:0:0:0', '0:0:0'],
  ['2001:db8::', '2001:db8:0:0', '2001:db8:0'],
  ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113'],
  ['unknown', 'unknown', 'unknown'],
])('%s is one of %s, in the network %s', (address, prefix, network) => {
  expect([addressPrefix(address), networkPrefix(address)]).toEqual([prefix, network])
})
