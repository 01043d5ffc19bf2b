import { notesOf } from './note.ts';

/** Craft of selling from the first objection on; for every agent. Source: practice, not studies. */
export const closingCraftNotes = notesOf('sales-craft', [
  {
    topic: 'objection-handling',
    title: 'Objections: find the question inside',
    tags: 'objection handling method listen clarify respond',
    body: `
      An objection is a question wearing armour. First hear all of it; interrupting makes it grow. Then acknowledge the part that is
      true, because some part always is. Clarify: "When you say it is too early, what would have to happen first?"
      Check whether it stands alone: "If that were solved, is there anything else?" Only then answer, briefly, with a fact, a
      story you may tell, or a proposal to find out. Confirm that it has been answered and go on to the next step.
      Keep a written list of the ten you meet most, with the question behind each and your best reply, and rehearse them
      aloud. Should the same objection arrive in each meeting, it is not an objection but a flaw in how you present, or in
      whom you present to.`,
  },
  {
    topic: 'price-objection',
    title: 'Price objection on capital equipment, such as a $150k laser',
    tags: 'price objection discount capital equipment laser $150k cost negotiation value',
    body: `
      Do not defend the number and do not drop it. Ask: "Compared with what?" A rival quote, the budget, the cash at
      hand and doubt about filling the schedule are four different problems. Answer the one you have. For a
      rival, compare total cost over three years with consumables, warranty, service and training. For cash,
      offer structure: lease, deferred payment, staged start. For doubt, work out break-even treatments per month using the owner's
      figures and test half the volume. For authority, get the person who decides into the room. Tie the price to the cost of
      waiting only if that cost is real and theirs. If you concede, get something dated in return, in small and shrinking steps,
      and within what your company allows. Say the price once, calmly, then be silent.`,
  },
  {
    topic: 'closing',
    title: 'Closing as a sequence of small agreements',
    tags: 'closing next step commitment mutual plan decision signature',
    body: `
      A close is the last of many. From the first meeting each conversation ends with something both sides will do by a
      date: send figures, bring the partner, attend a case, review the agreement. Write these in a shared plan from today to first
      treatment, with owners. When the plan is complete, asking is natural: "Everything on our list is done. Shall we
      sign so that installation stays on the fourteenth?" Then stop talking. If the answer is hesitation, go back to
      the plan and find the step that was skipped. Use no false scarcity, no deadline you would not keep. A request for time should
      get a reason and a date. Losing clearly beats drifting: ask for a no where a yes is not coming, learn why, and
      leave well.`,
  },
  {
    topic: 'think-it-over',
    title: '"Let me think about it"',
    tags: 'stall think about it hesitation objection closing follow-up',
    body: `
      The phrase is polite and means one of several things: I have a doubt I would rather not say, I cannot decide alone, it
      is not important enough, or I truly need time. Help the customer to say which. "Of course. So that I can be useful: is it more about the
      fit, the money, or somebody else's view?" Then be quiet. If there is a doubt, deal with it now or fix when. If
      somebody else must agree, offer to prepare that conversation and ask to join. If importance is missing, return
      to the consequence of doing nothing; it may be small, and then wait. If time is real, agree on the date and on
      what will have been decided by then. Never leave with a vague "I will call you next week"; put the appointment in both
      calendars.`,
  },
  {
    topic: 'follow-up',
    title: 'Follow-up that moves instead of checking in',
    tags: 'follow-up email after meeting summary next step cadence',
    body: `
      Within a day, send five lines: what you understood, in their words; what was agreed; who does what by when;
      the one open question; the date of the next conversation. Ask for corrections, since a corrected summary is a
      commitment. Each later message must bring something: an answer, a document they asked for, a relevant
      change, a name. "Just checking in" brings nothing and asks for a favour. Match the channel to the person and the hour to the
      clinic's day. After three messages without reply, change the route or the person; after a few more, send a graceful closing
      note that makes returning easy. Keep promises small and early: a spec sheet that comes at nine when you said noon
      says more than the sheet does.`,
  },
  {
    topic: 'competitor-undercut',
    title: 'A competitor has undercut you',
    tags: 'competitor undercut match price war cheaper quote discount rival',
    body: `
      Do not match in the same breath; it tells the customer that your first price was a fiction. Thank them for telling you and
      ask to understand the offer: same configuration, same warranty, same training, same consumables, same delivery? Cheaper
      quotes often leave something out, and sometimes they are simply better, so be ready for both. Ask what they would choose if the
      prices were equal. If it is you, the task is to justify or to trade the difference; if it is the rival, price is not your
      problem. Present total cost over the years of use with their volume. Should a concession be needed, get it
      approved, tie it to a date and a return, and make it once. Speak of the other company with respect. Some deals
      are better lost at a price that would have hurt you both.`,
  },
  {
    topic: 'trading-concessions',
    title: 'Concessions that are not price',
    tags: 'negotiation concessions trade terms procurement walk-away if-then free service list',
    body: `
      Before negotiating write two lists. What is cheap for us and valuable to them: installation date, extra training day, loaner
      during repair, payment schedule, starter consumables within policy, an extended trial, a named service contact. What is
      cheap for them and valuable to us: a decision by a date, prepayment, a longer agreement, a reference call, a case
      day, a standard contract without edits. Trade across with sentences that begin with "if you" and end with "then we". Give in shrinking
      steps, so the end is visible. Know your walk-away and write it down beforehand. Ask procurement which terms are policy and which are
      habit. Anything touching discounts, rebates or free goods needs approval from your company, and in
      health care also a legal look.`,
  },
  {
    topic: 'stakeholders',
    title: 'Who decides, who blocks, who uses',
    tags: 'stakeholders decision maker champion economic buyer committee DSO group practice',
    body: `
      In a practice of any size several people hold a part of the yes: the owner pays, the clinician uses, the manager
      schedules, the coordinator sells, the assistant sets up, the accountant worries, and a partner may veto. For each write
      what they gain, what they lose, what they have told you, and when you last spoke. Empty rows are your plan. A champion is
      somebody with influence who sells when you are absent; test it by asking for a small act, such as an
      introduction. Equip champions with one page in their own words. Meet the sceptic early and take notes; objections voiced in your presence
      can be answered. In groups, learn the approval path, the calendar of the committee, and what the last
      purchase taught them.`,
  },
  {
    topic: 'compliance-basics',
    title: 'Lines a medical rep does not cross',
    tags: 'compliance HIPAA off-label inducement kickback privacy sunshine gifts',
    body: `
      Four lines protect everybody. Claims: promote cleared or approved uses only, with fair balance; unsolicited off-label
      questions go to medical affairs. Privacy: do not collect, photograph, repeat or store anything that identifies a
      patient; if you overhear it, forget it; if it arrives by e-mail, tell your privacy officer. Value: meals, travel, free goods,
      rebates and education for those who can order or recommend are governed by anti-kickback law, transparency reporting and company
      policy, so ask before you offer. Truth: no invented data, no disparagement, no promised income. Calls and recordings need the consent that the
      law there requires. If something feels clever, check it. Compliance colleagues prefer a question at nine to a letter at five,
      and customers recognise people who do not cut corners.`,
  },
]);
