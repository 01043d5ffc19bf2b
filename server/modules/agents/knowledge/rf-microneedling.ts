import { notesOf } from './note.ts';

/** General radiofrequency microneedling; settings, areas and outcomes are left to labelling and papers. */
export const rfMicroneedlingNotes = notesOf('rf-microneedling', [
  {
    topic: 'mechanism',
    title: 'Needles for depth, radiofrequency for heat',
    tags: 'mechanism dermis collagen impedance coagulation energy',
    body: `
      RF microneedling places fine needles into the skin and passes radiofrequency current between or from them. The needles
      set the depth; the current heats tissue by its electrical resistance. Small zones of coagulation and the heat around
      them start a healing response that remodels collagen over weeks to months. Because the heating follows electrical
      properties rather than colour, it depends less on pigment than many lasers do, although technique and aftercare
      still matter in every complexion. Compared with plain microneedling it adds deliberate heat; compared with surface radiofrequency
      it delivers that heat beneath the epidermis. Cleared uses differ among devices and are phrased narrowly, so
      learn the exact words of your own clearance. The office sentence: the needle decides where, the current decides
      how much, the clinician decides whether.`,
  },
  {
    topic: 'device-differences',
    title: 'Five questions that compare any two systems',
    tags: 'comparison competitors insulated uninsulated bipolar monopolar depth Morpheus8 Genius Potenza Vivace',
    body: `
      One: where does energy leave the needle? Insulated needles heat at the tip; uninsulated ones along the shaft. Two:
      how does current travel? Bipolar stays between needles; monopolar spreads toward a return pad; some systems offer
      both. Three: who controls depth, in what range, and how does the device confirm insertion and contact?
      Four: how is dose measured and adjusted, for instance by impedance feedback or fixed settings? Five: what does each
      treatment consume in tips and time? Beyond these come pin count, motor quality, ergonomics, training, clearance wording and
      service. Asking the five in the same order keeps the talk technical and fair, lets the clinician correct you, and
      makes it hard for anybody to retreat into adjectives. Published head-to-head comparisons are scarce.`,
  },
  {
    topic: 'safety-communication',
    title: 'Regulatory attention and how to discuss it',
    tags: 'safety regulatory FDA communication burns scarring fat loss nerve complications',
    body: `
      The United States regulator has issued a safety communication about certain uses of RF microneedling, citing reports of
      serious complications such as burns, scarring, fat loss, disfigurement and nerve damage, some of which needed further
      treatment. Read the current text yourself before any visit in which safety might arise, and carry your company's approved
      response. In conversation, do not minimise and do not dramatise: these are medical procedures, for trained clinicians,
      within cleared uses, with informed consent. Ask what the practice's training and complication plan look like. Home
      use is not what these devices are for. Point to the instructions for use and to clinical training, and report adverse events you hear of
      through the company's process. Candour here builds more credit than any specification.`,
  },
  {
    topic: 'candidacy',
    title: 'Candidacy themes clinicians raise',
    tags: 'candidacy contraindications skin type pacemaker pregnancy scarring expectations',
    body: `
      Clinicians look at the complaint (for instance wrinkles or acne scars, as far as the device is cleared for them), skin
      condition, scarring tendency, active infection or acne, medicines, pregnancy, implanted electronic devices, metal in the
      treatment area, previous procedures including fillers and threads, and expectations. Instructions for use list contraindications
      for each device; they are not identical. Skin of colour can often be considered, because the method is less
      dependent on pigment, yet post-inflammatory change is possible and is discussed beforehand. Marked laxity may be
      a surgical matter. Decisions rest with the treating clinician. The rep's contribution is to know the list
      on the label, to avoid the phrase "safe for everyone", and to ask how the clinic screens and
      documents.`,
  },
  {
    topic: 'treatment-flow',
    title: 'An appointment, station by station',
    tags: 'consult flow workflow numbing aftercare series photographs room time',
    body: `
      After consultation, consent and photographs, the skin is cleansed and numbed, which can take longer than the
      treatment. The operator prepares a sterile single-use tip, selects settings according to training and
      area, and treats in an organised pattern with defined passes, watching endpoints and comfort. Afterwards there is
      redness and swelling, sometimes pinpoint marks, for a period that depends on the intensity; the clinic gives written aftercare
      and sun advice. A series is common, spaced by weeks, with improvement judged over months. For the schedule,
      ask how long the room is really occupied from greeting to goodbye, and whether numbing can happen elsewhere. That
      single number shapes capacity, price and staffing more than pulse speed does.`,
  },
  {
    topic: 'economics',
    title: 'Economics: tips, minutes and series',
    tags: 'economics consumables tips ROI utilisation package price breakeven',
    body: `
      Four numbers carry the case: monthly cost of the device, tip cost per treatment, minutes of room and operator, and
      price collected per session. Add numbing, aftercare kits and marketing. Break-even sessions per month = monthly fixed cost ÷
      (price collected − tip − other variable cost). Packages of several sessions improve completion and cash flow but create
      an obligation that must be delivered. Tip prices, minimum orders and shelf life belong in the first
      discussion, since discovering them later poisons the relationship. Compare with what the room earns now. Local prices
      differ so much that a national average misleads; use the clinic's ledger. Ask who sells the series, at what
      moment, and how many clients finish it, for completion is the quiet driver of both results and
      profit.`,
  },
  {
    topic: 'objection-already-have-laser',
    title: 'Objection: "We already have a laser"',
    tags: 'objection laser overlap portfolio menu cannibalise',
    body: `
      Good; then the clinic knows energy devices and has clients for them. Ask what the laser does best and where they
      hesitate to use it: certain skin types, texture with little tolerance for downtime, areas the applicator does not reach, months of
      strong sun. RF microneedling may fill one of those gaps or none. Draw the menu as a grid of concerns
      against tools and let the owner place the ticks. Overlap is not fatal, since combining treatments over a plan is
      common, but combinations must respect each device's instructions and the clinician's judgement. If the grid shows no empty square,
      stop selling and ask about capacity, because a second room might be the real need. Agreeing with a "no" drawn by the
      owner's own pen is how reps get invited back.`,
  },
  {
    topic: 'objection-microneedling-pen',
    title: 'Objection: "A microneedling pen does the same for less"',
    tags: 'objection price microneedling pen comparison value',
    body: `
      A pen is cheaper and a fine tool; agree on both. The difference is heat. Mechanical needling makes channels and relies
      on the wound response alone, while RF microneedling adds controlled thermal injury at a chosen depth. Whether that
      is worth the price depends on what the clinic's clients wish to change and what they would pay. Ask which pen
      patients come back disappointed, and which are delighted; the second group may need nothing more. If the clinic's
      brand is gentle upkeep, the pen may be right. Should they treat texture or wrinkles in which results plateau, there is a
      case to examine, with clearance wording in hand. Avoid promising that heat means "better"; say
      that it means different, and let evidence and training carry the rest.`,
  },
  {
    topic: 'training',
    title: 'Training, supervision and the first thirty treatments',
    tags: 'training competence supervision launch protocol operator adoption',
    body: `
      Outcomes depend on the operator, so treat training as part of the product. A sound plan has theory on
      skin anatomy and energy, hands-on sessions with a clinical trainer, staff treatments under supervision, conservative first
      cases chosen by the clinician, a debrief, and refresher dates. State law decides who may operate and under
      whose supervision. Write down who is trained, when, by whom, and who covers holidays. Encourage a complication protocol
      with contact numbers before the first client arrives. For adoption, ask that every staff member can
      explain the procedure in thirty seconds and knows what she may not promise. Review the first thirty treatments with the clinic:
      comfort, time, completion, complaints. Problems found at number ten are cheap; at number two hundred
      they are a reputation.`,
  },
  {
    topic: 'service',
    title: 'Service, authenticity of tips, and uptime',
    tags: 'service consumables counterfeit tips warranty maintenance uptime',
    body: `
      Handpieces carry motors, electronics and sterile single-use tips; all three deserve questions. What does warranty cover,
      how quickly is a failed handpiece replaced, and is there a loaner? Which wear parts are excluded? Are tips
      authenticated by the device, and what happens to expired ones? Reusing or buying unauthorised tips endangers sterility and can
      void warranty and insurance, so explain it factually when price pressure tempts a clinic. Ask who cleans and
      inspects, and where the log is. Plan spare stock for a busy season along with order lead time. Before signature hand over the
      service agreement itself and not a summary of it. Afterward, call in week two with one question: has anything stopped you
      from treating? Uptime is the promise the owner really bought.`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Discovery questions for an RF microneedling account',
    tags: 'discovery questions dermatologist medspa needling',
    body: `
      Which complaints bring people in, and which of them leave without a plan? What do you use for texture today, and when
      do you hesitate? How do you approach skin of colour? What have you heard about complications, and from whom? Who would
      operate, and how do you check competence? How many minutes can a room be blocked? What do your clients accept as
      recovery? How do you sell a series, and how many finish? What did you dislike about the last trainer? Which tip price
      would make you stop? What must be in the service agreement? Who reads the clearance text here? Begin with the first, end with
      the one about hesitation, and leave silence after it. That is where the real need lives.`,
  },
]);
