import { notesOf } from './note.ts';

/** Craft of selling up to the proposal; for every agent. Source: practice, not studies. */
export const openingCraftNotes = notesOf('sales-craft', [
  {
    topic: 'discovery',
    title: 'Discovery: earn the right to propose',
    tags: 'discovery questions needs diagnosis first meeting',
    body: `
      Discovery answers five things: what happens today, what is wrong with it, what that costs in money, time or reputation,
      what better would look like, and who would have to agree. Go in that order. Ask about facts first because
      they are easy to answer, then about difficulty, then consequence; the last kind is where motive appears. Do not
      jump at the first problem you can solve. Stay with it: how often, since when, who notices? Summarise in the
      customer's words and ask what you have missed. If, at the end, there is no problem worth solving this year, say
      so and agree when to speak again. A proposal delivered before discovery is a price looking for an objection.
      Two pages of notes in their vocabulary are worth more than any deck.`,
  },
  {
    topic: 'gatekeepers',
    title: 'Gatekeepers are colleagues you have not met',
    tags: 'gatekeeper receptionist access office manager front desk prospecting',
    body: `
      The front desk protects the schedule, which is the practice's income. Treat that as skill. Give your name, company
      and reason in one breath, say how long it takes, and ask for advice instead of passage: "What is the best way to
      ask for ten minutes with the doctor, and who keeps that calendar?" Learn names and use them. Ask which hours are
      impossible and stay away then. Never claim an appointment you lack, call something personal that is not, or walk past the
      window. Bring something useful to the person you are talking to, such as an answer to last month's invoice
      question. Observe vendor policies and sign in where required. When the answer is no, ask what would make it a
      yes later. Persistence with courtesy works; persistence alone is remembered too.`,
  },
  {
    topic: 'first-touch',
    title: 'First messages that get answered',
    tags: 'prospecting email voicemail call opener first touch',
    body: `
      A first message has four parts: why them, why now, what it might mean, one easy question. Under sixty words, no
      attachments, no life story. Why them must be something observable, such as a second location opened in spring.
      What it might mean is an offer of a problem, phrased as a guess. The question can be answered from a
      telephone between patients. Voicemail is the same in eighteen seconds, with your number said slowly twice. Plan five or six touches
      over some weeks by different routes, each adding something new. Honour opt-outs and calling rules
      without argument. Track replies by opening line, keep the best two, rewrite the rest each month. When
      somebody answers no, thank them and ask nothing; you will be glad of it next year.`,
  },
  {
    topic: 'territory-planning',
    title: 'Territory planning by subtraction',
    tags: 'territory planning segmentation routing time pipeline accounts',
    body: `
      A territory is a number of selling hours, and the plan decides where they go. List all accounts with three marks: fit
      (could they use it well), timing (is something changing), access (do we know anyone). Good in all three is
      A; two, B; the rest wait. Give A accounts a written next step and a date, B accounts a way of watching for
      change, and the others a light periodic touch. Route by geography inside that order and never the
      reverse. Protect two blocks a week for new conversations, since service work expands to fill everything. Every month remove as many accounts
      from the active list as you add. Every quarter look at where the hours really went. The plan usually fails not
      in its targets but in what it refuses to give up.`,
  },
  {
    topic: 'evidence-conversations',
    title: 'Talking about evidence with clinicians',
    tags: 'evidence study paper clinical data trial FDA claims objection',
    body: `
      Bring only approved materials and know them better than the abstract. For each paper be able to say in plain words: who was
      studied, compared with what, measured how, for how long, what was found, what was not, who paid. Lead with the
      limits; clinicians know them anyway and relax when you do. Separate mechanism ("why it should work") from outcome ("what was
      seen"). Cleared and approved are different routes to market; use the right word. When asked something the paper does not answer, say "I
      do not know" and offer a request to medical affairs. Never hand over an unapproved reprint or shade a figure. Ask a question back:
      what evidence changed your practice last? The answer tells you which kind of proof this person
      believes.`,
  },
  {
    topic: 'roi-sheet',
    title: 'An ROI sheet an owner can trust',
    tags: 'ROI sheet economics calculation breakeven proposal numbers',
    body: `
      One page, the customer's inputs, formulas visible. Top: fixed monthly cost, all of it. Middle: price actually
      collected per treatment, variable cost per treatment, contribution. Bottom: break-even volume = fixed cost ÷
      contribution, compared with current and hoped-for volume. Mark each input known, estimated or hoped, with the
      name of the person who supplied it. Offer three columns: poor, expected, good; begin the discussion with the
      poor one. Include ramp-up, no-shows, training time and service after the warranty. Exclude anything you cannot explain, such as a
      national average. State that it is an illustration and that results depend on the practice. Let the
      owner change numbers with the keyboard in her hands. A sheet she has broken and repaired herself will be defended when you are not there.`,
  },
]);
