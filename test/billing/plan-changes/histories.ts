import { act, buy, card, type History, history, move, subscribe } from './history.ts';

const half = { coupon: { percent: 50, lasts: 'forever' } } as const;
const fifth = { coupon: { percent: 20, lasts: 'forever' } } as const;

/** Nothing but renewals, on days that months lack. */
const steady: readonly History[] = [
  history('monthly from a 31st', subscribe('2027-01-31', '1m')),
  history('monthly from a 30th, over the leap day', subscribe('2027-08-30', '2m')),
  history('monthly from the leap day', subscribe('2028-02-29', '3m')),
  history('monthly from a 28th of February stays on the 28th', subscribe('2027-02-28', '4m')),
  history('yearly from the leap day ends on a 28th', subscribe('2028-02-29', '5y')),
  history('yearly from a 31st of December, a second before midnight', subscribe('2027-12-31T23:59', '1y')),
];

const up: readonly History[] = [
  history('one step up in a short month', subscribe('2027-01-31', '1m'), move('2027-02-14T09:30', '2m')),
  history('to the top in the first minutes', subscribe('2027-03-01', '1m'), move('2027-03-01T10:07', '5m')),
  history('up an hour before the renewal', subscribe('2027-03-15', '2m'), move('2027-04-15T09:00', '3m')),
  history('up in the hour of the renewal', subscribe('2027-03-15', '2m'), move('2027-04-15T12:00', '3m')),
  history('up on the leap day', subscribe('2027-12-31', '3m'), move('2028-02-29T03:14', '4m')),
  history(
    'every step within one month',
    subscribe('2027-05-31', '1m'),
    move('2027-06-05T08:01', '2m'),
    move('2027-06-11T17:42', '3m'),
    move('2027-06-19T23:59', '4m'),
    move('2027-06-29T00:01', '5m'),
  ),
  history(
    'a step up each quarter',
    subscribe('2027-01-30', '1m'),
    move('2027-04-17T12:00', '2m'),
    move('2027-07-04T12:34', '3m'),
    move('2027-10-31T11:11', '4m'),
    move('2028-02-29T22:22', '5m'),
  ),
  history(
    'two steps up in one minute',
    subscribe('2027-09-01', '1m'),
    move('2027-09-10T10:00', '2m'),
    move('2027-09-10T10:01', '3m'),
  ),
  history('up within a year', subscribe('2027-01-31', '2y'), move('2027-08-08T08:08', '4y')),
  history('up in the last days of a year', subscribe('2027-02-28', '1y'), move('2028-02-26T20:00', '3y')),
];

const down: readonly History[] = [
  history('one step down', subscribe('2027-01-31', '3m'), move('2027-02-10T10:30', '2m')),
  history('from the top to the bottom', subscribe('2027-08-31', '5m'), move('2027-09-15T15:00', '1m')),
  history(
    'down, and up again before it began',
    subscribe('2027-04-30', '4m'),
    move('2027-05-10T11:00', '2m'),
    move('2027-05-20T12:00', '5m'),
  ),
  history(
    'down, and up again after it began',
    subscribe('2027-04-30', '4m'),
    move('2027-05-10T11:00', '2m'),
    move('2027-06-15T12:00', '3m'),
  ),
  history(
    'down, taken back, and down further',
    subscribe('2027-10-31', '4m'),
    move('2027-11-05T09:00', '3m'),
    act('2027-11-06T09:00', 'resume'),
    move('2027-11-20T09:00', '1m'),
  ),
  history(
    'one planned step down takes the place of another',
    subscribe('2027-10-31', '5m'),
    move('2027-11-05T09:00', '3m'),
    move('2027-11-07T09:00', '2m'),
  ),
  history(
    'a step down each quarter',
    subscribe('2027-01-31', '5m'),
    move('2027-04-17T12:00', '4m'),
    move('2027-07-04T12:34', '3m'),
    move('2027-10-30T11:11', '2m'),
    move('2028-01-31T22:22', '1m'),
  ),
  history('down within a year', subscribe('2027-03-31', '4y'), move('2027-06-06T06:06', '1y')),
];

const cycles: readonly History[] = [
  history('months to a year on one plan', subscribe('2027-01-31', '2m'), move('2027-02-20T14:00', '2y')),
  history('months to a year of more', subscribe('2027-01-31', '1m'), move('2027-05-15T14:00', '4y')),
  history('months to a year of less', subscribe('2027-01-31', '4m'), move('2027-03-02T14:00', '2y')),
  history('a year to months on one plan', subscribe('2027-01-31', '3y'), move('2027-06-01T13:00', '3m')),
  history('a year to months of less', subscribe('2027-02-28', '5y'), move('2027-12-24T13:00', '1m')),
  history(
    'a year to months of more leaves a credit',
    subscribe('2027-01-31', '2y'),
    move('2027-03-03T03:03', '3m'),
  ),
  history(
    'a credit of a year carries a later step up',
    subscribe('2027-01-31', '3y'),
    move('2027-02-15T16:00', '4m'),
    move('2027-04-10T18:00', '5m'),
  ),
  history('to a year on the leap day', subscribe('2028-01-31', '1m'), move('2028-02-29T12:00', '1y')),
  history(
    'to a year, and back to months after it',
    subscribe('2027-05-31', '2m'),
    move('2027-06-30T12:00', '2y'),
    move('2028-01-15T12:00', '2m'),
  ),
  history(
    'to a year, then up in the year',
    subscribe('2027-08-31', '1m'),
    move('2027-09-15T12:00', '1y'),
    move('2028-03-01T12:00', '3y'),
  ),
];

const leaving: readonly History[] = [
  history('cancelled, and gone', subscribe('2027-01-31', '2m'), act('2027-03-15T12:00', 'cancel')),
  history(
    'cancelled in the portal, and gone',
    subscribe('2027-01-31', '2m'),
    act('2027-03-15T12:00', 'cancel-in-portal'),
  ),
  history(
    'cancelled and resumed',
    subscribe('2027-01-31', '2m'),
    act('2027-03-15T12:00', 'cancel'),
    act('2027-03-20T12:00', 'resume'),
  ),
  history(
    'cancelled in the portal and resumed here',
    subscribe('2027-01-31', '2m'),
    act('2027-03-15T12:00', 'cancel-in-portal'),
    act('2027-03-30T12:00', 'resume'),
  ),
  history(
    'cancelled, then up instead: who chooses a plan stays',
    subscribe('2027-01-31', '2m'),
    act('2027-02-10T12:00', 'cancel'),
    move('2027-02-20T12:00', '3m'),
  ),
  history(
    'cancelled, then down instead',
    subscribe('2027-01-31', '3m'),
    act('2027-02-10T12:00', 'cancel'),
    move('2027-02-20T12:00', '1m'),
  ),
  history(
    'a planned step down falls away with the cancellation',
    subscribe('2027-01-31', '3m'),
    move('2027-02-10T12:00', '1m'),
    act('2027-02-20T12:00', 'cancel'),
  ),
  history(
    'gone, and back two months later on another plan',
    subscribe('2027-01-31', '2m'),
    act('2027-03-15T12:00', 'cancel'),
    subscribe('2027-05-29T07:00', '4m'),
  ),
  history(
    'a year cancelled in its last week',
    subscribe('2027-06-15', '3y'),
    act('2028-06-10T12:00', 'cancel'),
  ),
];

const declined: readonly History[] = [
  history(
    'up, declined, and not paid: nothing changed',
    subscribe('2027-01-31', '1m'),
    card('2027-02-10T11:00', 'declines'),
    move('2027-02-10T12:00', '3m'),
    card('2027-02-13T12:00', 'pays'),
  ),
  history(
    'up, declined, and paid five hours later: in force from then, charged from before',
    subscribe('2027-01-31', '1m'),
    card('2027-02-10T11:00', 'declines'),
    move('2027-02-10T12:00', '3m'),
    card('2027-02-10T17:00', 'pays'),
    act('2027-02-10T17:01', 'pay'),
  ),
  history(
    'up to a year, declined, and paid later',
    subscribe('2027-01-31', '1m'),
    card('2027-02-10T11:00', 'declines'),
    move('2027-02-10T12:00', '1y'),
    card('2027-02-10T17:00', 'pays'),
    act('2027-02-10T17:01', 'pay'),
  ),
  history(
    'up, declined, then further up with another card',
    subscribe('2027-01-31', '1m'),
    card('2027-02-10T11:00', 'declines'),
    move('2027-02-10T12:00', '3m'),
    card('2027-02-10T17:00', 'pays'),
    move('2027-02-10T17:05', '4m'),
  ),
  history(
    'up, declined in the last hours of a period',
    subscribe('2027-01-31', '1m'),
    card('2027-02-28T03:00', 'declines'),
    move('2027-02-28T04:00', '2m'),
    card('2027-02-28T09:00', 'pays'),
  ),
  history(
    'a renewal declined, paid two days later',
    subscribe('2027-01-31', '2m'),
    card('2027-03-20T12:00', 'declines'),
    card('2027-04-02T12:00', 'pays'),
    act('2027-04-02T12:05', 'pay'),
  ),
  history(
    'a renewal declined, paid when its grace is over',
    subscribe('2027-01-31', '2m'),
    card('2027-03-20T12:00', 'declines'),
    card('2027-04-08T00:00', 'pays'),
    act('2027-04-08T00:05', 'pay'),
  ),
];

const coupons: readonly History[] = [
  history(
    'a fifth off for ever, then up',
    subscribe('2027-01-31', '2m', fifth),
    move('2027-02-14T09:30', '3m'),
  ),
  history(
    'a fifth off for ever stays on a step down',
    subscribe('2027-01-31', '4m', fifth),
    move('2027-02-14T09:30', '2m'),
  ),
  history(
    'half off for ever, then a year',
    subscribe('2027-01-31', '1m', half),
    move('2027-03-10T09:30', '1y'),
  ),
  history(
    'a third off for three months, up in the second',
    subscribe('2027-01-31', '2m', { coupon: { percent: 33, lasts: 3 } }),
    move('2027-03-15T09:30', '3m'),
  ),
  history(
    'a third off for three months, up in the fifth',
    subscribe('2027-01-31', '2m', { coupon: { percent: 33, lasts: 3 } }),
    move('2027-06-15T09:30', '3m'),
  ),
  history(
    'ten dollars off once, then up',
    subscribe('2027-01-31', '1m', { coupon: { cents: 1_000, lasts: 'once' } }),
    move('2027-02-15T09:30', '2m'),
  ),
  history(
    'fifty dollars off for a year',
    subscribe('2027-01-31', '1m', { coupon: { cents: 5_000, lasts: 12 } }),
  ),
  history(
    'all off for ever, up for nothing',
    subscribe('2027-01-31', '2m', { coupon: { percent: 100, lasts: 'forever' } }),
    move('2027-05-15T09:30', '5m'),
  ),
];

const trials: readonly History[] = [
  history('a trial that becomes a plan', subscribe('2027-01-31', '2m', { trialDays: 14 })),
  history(
    'up within a trial costs nothing yet',
    subscribe('2027-01-31', '2m', { trialDays: 14 }),
    move('2027-02-05T10:00', '3m'),
  ),
  history(
    'a trial cancelled',
    subscribe('2027-01-31', '2m', { trialDays: 14 }),
    act('2027-02-05T10:00', 'cancel'),
  ),
  history(
    'down within a trial begins with the first paid period',
    subscribe('2027-01-31', '3m', { trialDays: 14 }),
    move('2027-02-05T10:00', '1m'),
  ),
];

const bought: readonly History[] = [
  history(
    'units bought beside a plan are no invoice',
    subscribe('2027-01-31', '2m'),
    buy('2027-02-05T10:00', 40),
  ),
  history(
    'units bought around a step up',
    subscribe('2027-01-31', '1m'),
    buy('2027-02-05T10:00', 1),
    move('2027-02-06T10:00', '2m'),
    buy('2027-02-07T10:00', 250),
  ),
];

/** All histories that our billing is held to. */
export const histories: readonly History[] = [
  ...steady,
  ...up,
  ...down,
  ...cycles,
  ...leaving,
  ...declined,
  ...coupons,
  ...trials,
  ...bought,
];
