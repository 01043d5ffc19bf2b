import { notesOf } from './note.ts';

/** Sources: prescribing information of the approved products (class statements) and general pharmacology. */
export const neurotoxinNotes = notesOf('neurotoxins', [
  {
    topic: 'mechanism',
    title: 'How botulinum toxin relaxes a muscle',
    tags: 'mechanism acetylcholine SNAP-25 neuromuscular junction',
    body: `
      Botulinum toxin acts where a motor nerve meets a muscle. It binds to the nerve ending, is taken inside, and its
      light chain cuts a protein the nerve needs to release acetylcholine; for type A that protein is SNAP-25. Without
      acetylcholine the muscle fibre receives less signal and contracts less. The muscle itself is not damaged. The
      effect fades as the nerve terminal recovers its function, which is why treatment is repeated. Onset takes days
      and duration is usually described in months, and both differ by product, dose, muscle and person. For a
      rep the useful sentence is simple: it softens the movement that folds the skin, so lines caused by movement
      respond, while lines present at rest, texture and volume loss are other conversations.`,
  },
  {
    topic: 'units-not-interchangeable',
    title: 'Units belong to one product and do not convert',
    tags: 'units potency conversion dosing label switching',
    body: `
      Potency units of botulinum toxins are measured with an assay specific to each manufacturer. The labels
      therefore state that units of one product are not interchangeable with, and cannot be compared with or converted
      into, units of any other. This matters twice in the field. First as safety: a practice that carries several
      brands needs clear storage, labelling and charting so that the wrong unit count is never drawn up. Second as
      economics: price per unit is a misleading comparison between brands, because the labelled number of units
      per treatment differs. Compare cost for a labelled treatment, with the practice's own invoices, and leave
      dosing to the injector. A rep who offers a conversion ratio is off label and has lost the respect of any
      expert injector in the room.`,
  },
  {
    topic: 'boxed-warning',
    title: 'The boxed warning and how to speak of it',
    tags: 'safety boxed warning distant spread regulatory adverse events',
    body: `
      The United States labels of botulinum toxins carry a boxed warning about distant spread of toxin effect: symptoms
      consistent with the toxin's action, such as muscle weakness, trouble swallowing or breathing, have been reported
      hours to weeks after injection, and swallowing and breathing difficulties can be life threatening. Say this
      plainly when safety is discussed and direct the clinician to the full prescribing information for
      contraindications, such as infection at the injection site and hypersensitivity, and for precautions in
      people with neuromuscular disorders. More familiar local effects include bruising, headache and eyelid droop.
      Fair balance is a rule as well as good manners: benefits and risks belong in the same conversation.
      Adverse events you hear of are reported to your company promptly, as its policy requires.`,
  },
  {
    topic: 'candidacy',
    title: 'Whom injectors consider, and whom they turn away',
    tags: 'candidacy consultation screening expectations glabellar lines',
    body: `
      Clinicians generally look for adults with lines that deepen with expression in the areas the label covers, such as
      the glabellar lines between the brows, and with expectations the product can meet. They look at muscle strength,
      asymmetry, brow position, eyelid function and previous treatments, and ask about neuromuscular
      conditions, medicines that affect neuromuscular transmission, pregnancy, breastfeeding and earlier reactions.
      Turning somebody away is part of good practice: lines at rest may need another treatment, and hopes for a
      frozen or a filled look need a talk before a needle. The rep's part is to know these
      themes, so as not to be surprised by them, and never to judge a person's suitability. A good question for the
      injector: what do you explain most often before a first treatment?`,
  },
  {
    topic: 'product-differences',
    title: 'How the type A products differ in kind',
    tags: 'competitors comparison complexing proteins storage reconstitution brands Botox Dysport Xeomin Jeuveau Daxxify',
    body: `
      The aesthetic toxins sold in the United States are type A products that share a mechanism and differ in
      formulation and labelling. Some contain complexing proteins around the core neurotoxin and some are purified of
      them; stabilisers differ, with human albumin in several and a peptide in one; some are vacuum-dried or
      freeze-dried powders; storage conditions before and after reconstitution differ. Indicated areas, labelled
      doses and study designs differ too. Whether such differences produce a noticeable clinical difference is
      debated, and head-to-head trials are few, so claims of "faster", "longer" or "fewer antibodies" need a specific
      citation within your approved materials. In conversation, describe differences of kind first, ask which of
      them matter to the practice, and let the labels speak for the details.`,
  },
  {
    topic: 'economics',
    title: 'What a toxin means for a practice economically',
    tags: 'economics revenue pricing margin loyalty retention cash pay',
    body: `
      Cosmetic toxin treatment is usually paid by the person treated, in cash, and repeated, which makes it a
      dependable visit for the practice: it fills the calendar, introduces people to other services and rewards good
      rebooking. Contribution depends on acquisition cost after rebates, the units used, the price model (by unit
      or by area), injector time, waste, free touch-ups and discounts. Figures differ widely by market,
      so build the arithmetic with the practice's own numbers or leave the cells empty. Three levers a rep may
      discuss within company policy are forecasting orders to reach a pricing tier without overstocking,
      participation in a consumer loyalty programme, and rebooking before the client leaves. Avoid promising
      profit; an illustration with stated assumptions is honest, a guarantee is not.`,
  },
  {
    topic: 'objection-loyal-to-brand',
    title: 'Objection: "We are happy with our toxin"',
    tags: 'objection switching loyalty competitor incumbent',
    body: `
      Satisfaction is a fair reason to stay, so begin by agreeing with it. Then learn what it rests on. Is it the
      feel in the hand, predictable onset, the clientele asking for a name, the rebate tier, the educator who always
      answers? Each leads to a different next step, and some to none. A second product is rarely adopted as a
      replacement on day one; practices add one for a group of clients, for supply security, or because one
      injector is curious. A modest proposal works best: a session with a peer educator, a review of storage and
      handling, or an evaluation plan the medical director writes. Do not attack the incumbent. The
      injector's trust in that product is also trust in her own judgement, and an attack on one
      is heard as an attack on the other.`,
  },
  {
    topic: 'on-label-discipline',
    title: 'Staying on label and handling unsolicited questions',
    tags: 'regulatory off-label medical affairs compliance FDA approved indications',
    body: `
      Botulinum toxins are prescription biologics approved for specific indications. Injectors may use them
      otherwise in their practice of medicine; a rep may not promote such use, hint at it, or steer talk toward it.
      Indications grow over time and differ among brands, so check the current label instead of relying on memory. When a
      clinician asks, unprompted, about an area that the label does not cover, the correct answer is short: "That is
      outside our approved labelling. I can send your question to medical affairs and they will reply to you." Record the request as
      it was asked. Do not forward articles on your own. Social media counts too: liking or sharing a
      post that shows an unapproved use can be promotion. The discipline protects the injector, the company and
      you.`,
  },
  {
    topic: 'consult-flow',
    title: 'The consultation and visit from the practice side',
    tags: 'consult flow workflow photographs consent rebooking touch-up',
    body: `
      A typical flow runs like this: intake and medical history, a conversation about what bothers the person, a look
      at expression and rest, standard photographs, explanation of benefits and risks, written consent, payment,
      treatment, aftercare instructions, and a date for review or the next visit. Each station is a place
      where practices differ and where a rep can be useful with approved materials: photo guides, consent
      discussion aids, aftercare cards, staff training. Ask who does each step and how long it takes. Missing photographs make
      every later disagreement harder. A missed rebooking is the commonest leak, and a policy for touch-ups that
      exists only in one person's head is the next. Offer observations as questions, and
      leave clinical protocol to the medical director.`,
  },
  {
    topic: 'training-and-handling',
    title: 'Training, storage, reconstitution and supply',
    tags: 'training handling storage cold chain reconstitution supply authentic counterfeit',
    body: `
      Toxin vials are biologics and want care. The label of each product gives storage temperature, diluent,
      reconstitution steps, how long a reconstituted vial may be kept, and whether it is for a single
      person. Practices should record lot numbers and expiry dates and buy only from authorised sources; regulators
      have warned repeatedly of counterfeit and illegally imported toxin, some of it harmful. Who may inject, and under
      whose supervision, is decided by state law and the medical director. Reps can arrange manufacturer training,
      explain ordering, delivery days and returns, and point to the label; they do not demonstrate technique
      or advise on dilution. A practical visit topic is the refrigerator: is there a
      log, who receives the parcel on a busy Friday, and what happens during a power cut?`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Ten questions an injector likes to answer',
    tags: 'discovery questions injector medspa conversation',
    body: `
      Good questions show that you see the craft. What made you choose your first toxin, and what would make you choose
      another? How do your injectors differ in what they value? What do new clients fear, and what do returning ones
      complain about? How do you decide on stock for a long weekend? Which part of the loyalty programme do clients truly use?
      How do you handle somebody who comes from another practice and does not know what she had? When did a
      manufacturer last help you with something that was not a discount? Who trains a new injector here? What do
      you measure each month? What would make my visits worth the ten minutes? Ask two, listen to the end, write the
      answers down, and begin the next visit with one of them.`,
  },
]);
