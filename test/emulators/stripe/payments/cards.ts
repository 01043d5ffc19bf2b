/** How a card behaves: `attaching` it to a customer, and each `charge` of it. */
export interface CardBehaviour {
  readonly brand: string;
  readonly last4: string;
  readonly attaching?: Decline;
  readonly charge: 'succeeds' | 'needs-action' | Decline;
}

export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

const generic: Decline = {
  code: 'card_declined',
  declineCode: 'generic_decline',
  message: 'Your card was declined.',
};
const funds: Decline = {
  code: 'card_declined',
  declineCode: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
};
const expired: Decline = { code: 'expired_card', message: 'Your card has expired.' };

/** Why a card that needs the owner's consent fails while the owner is away. */
export const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/** Stripe's test cards by the ids of their payment methods (https://docs.stripe.com/testing). */
export const testCards: Readonly<Record<string, CardBehaviour>> = {
  pm_card_visa: { brand: 'visa', last4: '4242', charge: 'succeeds' },
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', charge: 'succeeds' },
  pm_card_amex: { brand: 'amex', last4: '8431', charge: 'succeeds' },
  pm_card_chargeCustomerFail: { brand: 'visa', last4: '0341', charge: generic },
  pm_card_chargeDeclined: { brand: 'visa', last4: '0002', attaching: generic, charge: generic },
  pm_card_chargeDeclinedInsufficientFunds: { brand: 'visa', last4: '9995', attaching: funds, charge: funds },
  pm_card_chargeDeclinedExpiredCard: { brand: 'visa', last4: '0069', attaching: expired, charge: expired },
  pm_card_authenticationRequired: { brand: 'visa', last4: '3184', charge: 'needs-action' },
};

/** Behaviours that a test gives to a card which a customer holds. */
export const cardChanges = {
  succeeds: 'succeeds',
  'needs-action': 'needs-action',
  declines: generic,
  'insufficient-funds': funds,
  expired,
} as const satisfies Record<string, CardBehaviour['charge']>;

export type CardChange = keyof typeof cardChanges;
