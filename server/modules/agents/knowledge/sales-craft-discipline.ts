import { notesOf } from './note.ts';

/** Craft of running one's own work; for every agent. Source: practice, not studies. */
export const disciplineCraftNotes = notesOf('sales-craft', [
  {
    topic: 'pipeline-review',
    title: 'An honest pipeline review and forecast',
    tags: 'pipeline forecast review stage deals slipped leak quota number',
    body: `
      A deal stands where the customer has put it and not where you hope it is. For each, write the last thing the
      customer did, the next thing they have agreed to do, the date, and who decides. A blank in any of the four
      moves the deal back a stage. Sort what remains into three piles: would be surprised to lose, even chance, would be surprised to
      win; forecast from the first pile and work on the second. When a forecast slips, look for the leak between
      stages: many first meetings and few second ones point to targeting, many demos and few proposals to
      qualification, many proposals and few signatures to missing decision makers or timing. Do it on the same day each
      week, in half an hour, and close out what has been quiet for longer than your usual cycle.`,
  },
  {
    topic: 'rehearsal',
    title: 'Warm-up and rehearsal before a visit',
    tags: 'rehearse warm-up confidence nervous froze practice aloud car role-play',
    body: `
      Nerves shrink when the first minute is known by heart. Before a visit, say three things aloud: the opening sentence,
      the one question you most want answered, and the next step you will ask for. Twice slowly, once at normal speed. Then
      rehearse the worst moment, such as a brusque doctor or a question you cannot answer, with the line "I do not
      know; I will find out by tomorrow." If you froze last time, write down the words that came just before, because the
      fix is usually there and is small. Practise with a colleague who interrupts. Stand up to do it; the voice
      changes. Afterwards note one thing to keep and one to change, within ten minutes, before memory becomes
      kind.`,
  },
  {
    topic: 'call-block',
    title: 'A call block that gets done',
    tags: 'call block phone schedule check-in daily plan commitments morning visits time blocking',
    body: `
      Prepare the list the evening before: names, numbers, one reason for each, no research allowed during the block. Begin at a
      fixed time with the easiest call. Work in rounds of twenty minutes with a short pause, phone face down,
      mail closed. Keep three tallies: dials, conversations, next steps agreed; only the last one pays, but the first two show
      where it goes wrong. Leave a voicemail you have rehearsed, then move on. Notes are one line until
      the block ends. At the end, put every agreed step in the calendar and choose tomorrow's first name. A day plan needs
      three commitments with a verb, a name and a time. Whatever was missed three days in a row is either scheduled differently or dropped.
      Respect calling hours and do-not-call requests.`,
  },
  {
    topic: 'account-recovery',
    title: 'Recovering an account you have let down',
    tags: 'recovery apology complaint repair service failure angry account manager cold trust',
    body: `
      Go early, in person or by telephone, without a product in hand. Let them tell it from the beginning and do not
      explain yet. Repeat what it cost them: the cancelled patients, the embarrassed manager, the weekend. Apologise
      for the specific thing, without "if" or "but". Say what you have done already, what you will do by when, and
      what you cannot promise. Then report back sooner than agreed, even if the news is that there is no news.
      Involve the people in your company who can repair it and tell the customer their names. Give something back only
      within company rules. When it is solved, ask what would have shown you the problem earlier. Leave selling for
      another visit. Customers judge less by the failure than by the week that follows it.`,
  },
]);
