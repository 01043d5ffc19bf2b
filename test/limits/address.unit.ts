import { describe, expect, it } from 'vitest';
import { addressKey } from '../../server/integrations/limits/address.ts';

describe('the subject of an address', () => {
  it.each([
    ['203.0.113.9', 'addr:203.0.113.9'],
    ['::ffff:203.0.113.9', 'addr:203.0.113.9'],
    ['::FFFF:cb00:7109', 'addr:203.0.113.9'],
    ['2001:db8:1:2::1', 'addr:2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002:ffff:ffff:ffff:ffff', 'addr:2001:db8:1:2::/64'],
    ['2001:db8:1:2:0:0:0:1', 'addr:2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', 'addr:2001:db8:1:3::/64'],
    ['2001:db8::', 'addr:2001:db8:0:0::/64'],
    ['::1', 'addr:0:0:0:0::/64'],
    ['fe80::1%eth0', 'addr:fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.9', 'addr:64:ff9b:0:0::/64'],
    ['', 'addr:unknown'],
    ['203.0.113.9, 198.51.100.1', 'addr:unknown'],
    ['2001:db8:::1', 'addr:unknown'],
  ])('%s is %s', (address, subject) => {
    expect(addressKey(address)).toBe(subject);
  });

  it('gives a holder of a /64 one budget, however it is spread', () => {
    const subjects = Array.from({ length: 500 }, (_, n) =>
      addressKey(`2001:db8:aa:bb:${n.toString(16)}::${n}`),
    );
    expect(new Set(subjects).size).toBe(1);
  });
});
