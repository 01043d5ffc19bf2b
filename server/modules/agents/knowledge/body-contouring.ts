import { notesOf } from './note.ts';

/** Non-invasive and minimally invasive body contouring in general; outcomes are left to labelling and papers. */
export const bodyContouringNotes = notesOf('body-contouring', [
  {
    topic: 'tissue-map',
    title: 'Fat, skin, muscle: which tissue is the problem?',
    tags: 'mechanism tissue subcutaneous visceral fat laxity muscle concept',
    body: `
      Body contouring changes shape and is not a treatment for weight. Three tissues can be addressed. Subcutaneous fat, the
      layer one can pinch, responds to cooling, heating, injection or suction. Lax skin responds, within limits, to
      heat-based tightening, or to excision. Muscle tone can be stimulated electromagnetically or electrically. Visceral fat, behind the
      abdominal wall, is not reached by any external device, which explains why a firm, round abdomen is
      often a poor candidate. Many disappointments are a mismatch of tissue and tool. Begin each account conversation
      with this map and ask which complaints dominate the clinic's consultations. The answer points
      at a category before any brand is mentioned. Nutrition and activity remain with the patient and the clinician,
      and honest clinics say so.`,
  },
  {
    topic: 'technologies',
    title: 'Technology categories and how they work',
    tags: 'mechanism competitors cryolipolysis radiofrequency laser electromagnetic ultrasound deoxycholic acid comparison',
    body: `
      Cryolipolysis draws or places tissue against a cooled applicator; fat cells are more sensitive to cold than skin, and
      injured cells are cleared over weeks to months. Laser, radiofrequency and focused ultrasound devices heat fat or the tissue around
      it. High-intensity electromagnetic devices make muscles contract; some add radiofrequency warmth. Injected deoxycholic acid
      destroys fat cells beneath the chin. Minimally invasive radiofrequency uses probes under the skin. Liposuction and abdominoplasty are
      surgery and remain the reference for larger change. Categories differ in comfort, treatment time, sessions, applicator fit,
      consumables, operator demands and cleared areas. Describe neighbours respectfully: clinics often own more than one. Which
      is suitable for a given person is a clinical decision.`,
  },
  {
    topic: 'candidacy',
    title: 'Candidacy and screening themes',
    tags: 'candidacy screening contraindications hernia pacemaker cold conditions pregnancy BMI expectations',
    body: `
      Clinicians screen for stable weight, pinchable fat or the relevant tissue, skin quality, realistic aims, pregnancy, hernia,
      recent surgery, and conditions named by each device's instructions. Cooling has warnings concerning cold-related
      disorders such as cryoglobulinaemia, cold agglutinin disease and paroxysmal cold haemoglobinuria; electromagnetic
      devices exclude metal or electronic implants; heat needs normal sensation. Labels differ, so know your own. Body image
      distress is a reason for gentle deferral, and experienced teams watch for it. The person who should be declined today
      may become the clinic's best advocate later. Reps never assess a body, in person or by photograph. Ask instead
      how the clinic screens, who may say no, and whether sales targets ever argue with that person.`,
  },
  {
    topic: 'adverse-events',
    title: 'Adverse events, including paradoxical adipose hyperplasia',
    tags: 'safety adverse events paradoxical adipose hyperplasia PAH burns complications regulatory',
    body: `
      Commonly described effects include temporary redness, swelling, bruising, numbness, tenderness and cramping.
      Uncommon but important ones differ by method: burns and nodules with heat, cold injury, nerve effects, contour irregularity,
      and, after cryolipolysis, paradoxical adipose hyperplasia, in which the treated area enlarges and firms over
      months and may need surgery to correct. Published frequencies vary with device generation and method of counting; quote none without
      the paper and your approved materials. What a buyer needs from a rep is candour, the current
      labelling, the manufacturer's support pathway, and help with a consent conversation. Raise it yourself before a colleague
      or a news story does. Report events you learn of. A clinic that has a plan for the rare bad result sells the common good
      one with a clear conscience.`,
  },
  {
    topic: 'consult-flow',
    title: 'A consultation that respects the mirror',
    tags: 'consult flow photographs measurement plan price follow-up staff',
    body: `
      A workable sequence: welcome, history, "show me what you see", examination and pinch, explanation of the tissue involved, options
      including none and including surgery, expected course over weeks, risks, number of sessions, price given once and
      clearly, consent, photographs, booking, and a review date already on the calendar. Standard photographs (distance, light,
      posture, breath) are the clinic's memory; without them neither satisfaction nor complaint can be judged. Many
      clinics add measurements and weight, because weight change disguises results. Who leads the consultation matters
      more than which brochure lies on the desk. Offer role-play for staff, approved materials and a
      photo protocol, and sit in only when the clinic and patient both agree. Count consultations, starts, completions and
      reviews attended.`,
  },
  {
    topic: 'economics',
    title: 'Economics: utilisation, not enthusiasm',
    tags: 'economics utilisation ROI lease consumables package revenue breakeven',
    body: `
      The expensive machine is the idle one. Model fixed monthly cost (payment, service, space) against contribution per
      treatment (price collected less applicators, cycle fees or consumables, staff time and commission). Break-even
      treatments per month follow by division. Then test the parts that decide: enquiries per month, share that attend, share that start,
      cycles or sessions each. All from the clinic's own records. Some devices run nearly unattended, others hold a
      clinician in the room, and that difference can outweigh the purchase price. Trends shift, weight-loss medicines have
      changed what some clients ask for, and effects differ locally, so ask rather than assert. If marketing money is assumed,
      write it down. Give the owner a pessimistic column; trust grows when the rep draws it first.`,
  },
  {
    topic: 'objection-market-is-dead',
    title: 'Objection: "Nobody asks for body contouring any more"',
    tags: 'objection demand weight loss medicines GLP-1 market trend',
    body: `
      Believe the observation, then get curious. Are enquiries down, or consultations, or starts? Did the clinic stop
      talking about it when the last device disappointed? What do clients who lose weight with medication say about loose skin, contour or
      muscle? Demand may have moved between tissues and not vanished, and it may truly have fallen in that town. Look at their
      own twelve months. If there is interest without a path, propose a small test with existing equipment: one
      question on the intake form, two consultation slots a week, a count after six weeks. Should the count
      be poor, do not sell the device. Make no claims about medicines or how a device complements
      them unless your approved materials contain it, since that is clinical territory.`,
  },
  {
    topic: 'objection-dusty-device',
    title: 'Objection: "The last device ended up in a corner"',
    tags: 'objection adoption utilisation launch failure trust device unused',
    body: `
      This is among the most honest objections there is. Ask for the story: who chose it, who was trained, who left,
      how clients were told, when the numbers turned. Usually one of four things failed: the wrong tissue for the
      clientele, training that ended on day one, nobody owning consultations, or consumable cost that made
      staff hesitate. Write the cause down and design against it. A plan with names and dates answers better than
      a brochure: owner of the service line, launch night, weekly count, day-30 and day-90 visits from you. Put your own
      visits into the calendar during that meeting. If the old device can be revived with training,
      say so, even if it delays your sale. The rep who rescues a rival's machine has shown what
      partnership will be like.`,
  },
  {
    topic: 'launch-plan',
    title: 'The first ninety days after installation',
    tags: 'training launch adoption marketing staff service follow-up',
    body: `
      Weeks one and two: clinical training, staff treatments where policy allows, scripts for telephone and
      front desk, photo protocol, price list. Weeks three to six: invite existing clients, hold a modest evening, follow
      each enquiry within a day, log every consultation. Weeks seven to twelve: review counts, fix the weakest
      step, collect consented photographs, refresh training for those who missed it. Name one person who owns the service. The rep
      visits at day seven, thirty, sixty and ninety with a one-page count. Keep promotional claims to cleared uses and have
      them reviewed, including posts by staff and influencers. Any gift, discount or partnership passes the clinic's
      and your company's compliance rules first. Good launches look boring from outside: the same small things, counted
      every week.`,
  },
  {
    topic: 'service-and-consumables',
    title: 'Service terms, applicators and cycle fees',
    tags: 'service consumables applicators cycle fee warranty contract total cost',
    body: `
      Business models vary: outright purchase with disposables, pay-per-cycle cards, subscription, revenue share.
      Each moves risk between maker and clinic. Spell out what one treatment costs in consumables for the areas this clinic
      treats most, what minimum orders exist, what happens to unused cycles, and what changes at renewal. Ask for service response in
      writing, a loaner, applicator wear, software upgrades, relocation fees and resale rules. Electrical and room needs belong
      on the first page. Owners burned by hidden fees are wary; showing the least pleasant clause before they find it is disarming.
      Keep the comparison fair by computing three years under the clinic's volume for each model, including theirs
      today. If a lower volume makes a rival's model cheaper, the owner will find out, so better from you.`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Discovery questions for a body contouring account',
    tags: 'discovery questions plastic surgeon medspa owner',
    body: `
      What do people point at in the mirror here? How many of them want less fat, firmer skin, more tone? What do you tell those
      you cannot help? When do you refer to a surgeon, or back from surgery to the clinic? Which devices have you owned, and
      what would you do differently? Who runs consultations, and how is that person paid? How do you photograph? How
      many enquiries came last month, and how many came in? What has changed with weight-loss medicines in your waiting
      room? What is the worst result you have seen, and how was it handled? Who must agree to a purchase? What number
      after ninety days would make you glad? Let the owner tell the story; the plan is in it.`,
  },
]);
