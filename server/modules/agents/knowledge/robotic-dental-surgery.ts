import { notesOf } from './note.ts';

/** Robot-assisted implant placement in general; accuracy and times are left to labelling and papers. */
export const roboticDentalNotes = notesOf('robotic-dental-surgery', [
  {
    topic: 'concept',
    title: 'What robot-assisted implant surgery is',
    tags: 'mechanism haptic guidance robot Yomi implant concept',
    body: `
      Robot-assisted dental implant surgery couples a three-dimensional plan to a mechanical arm. The surgeon plans
      implant position on a cone beam scan; the system is registered to the patient; during drilling the arm gives physical,
      or haptic, guidance, so that the handpiece resists leaving the planned position, angle and depth while the surgeon
      holds it and stays in control. Movement of the patient is tracked and followed. The best-known system in the United
      States is Yomi by Neocis, cleared for planning and for guidance during implant placement. It is not an
      autonomous robot; nothing is drilled by itself. The helpful image is a firm hand on the elbow that knows the
      plan. What exactly each version is cleared for is written in its labelling, which reps should know by heart.`,
  },
  {
    topic: 'comparison',
    title: 'Freehand, static guide, dynamic navigation, robot',
    tags: 'comparison competitors static guide dynamic navigation freehand accuracy category',
    body: `
      Freehand placement depends on skill and landmarks; it is flexible, quick and well understood. Static guides are printed
      from the plan and constrain the drill through sleeves; they need lead time, mouth opening, irrigation
      access and fit, and cannot easily change in mid-surgery. Dynamic navigation shows the drill's position on a screen in real
      time; it is flexible, but the surgeon watches the screen and nothing restrains the hand. Haptic robotics adds physical
      restraint and allows the plan to be changed during the procedure, at the price of setup, capital cost and
      space. Studies report accuracy for each, with varied methods, so quote only papers in your approved
      materials. A fair comparison names the cases in which the surgeon would sensibly use the others.`,
  },
  {
    topic: 'workflow',
    title: 'A robot-assisted case, step by step',
    tags: 'workflow CBCT scan plan registration splint tracking setup',
    body: `
      In outline: examination and cone beam imaging, sometimes combined with an intraoral scan; a plan in software that begins
      with the desired tooth; fixation of a patient splint or tracking link; registration, which teaches the
      system where the anatomy is; a check against known landmarks; osteotomy and placement under haptic guidance, with the
      option of altering the plan; verification; restoration. Details depend on system and version. Setup and registration are where
      beginners lose time and where assistants make the difference. Watching a case, note who does which
      step, how often instruments change hands, and what the patient is told. Ask a prospective
      practice to lay its present workflow beside this one. The gains and the burdens become visible without a
      single adjective.`,
  },
  {
    topic: 'candidacy',
    title: 'Case selection and practice fit',
    tags: 'candidacy practice fit case volume full arch single anatomy oral surgeon periodontist',
    body: `
      Clinicians consider robot assistance for cases in which position matters and anatomy is unforgiving: near nerve or sinus, in the
      aesthetic zone, in limited access, for several implants or full arches. Limits include mouth opening, stable
      fixation of the tracking splint, image quality, and anything the labelling excludes. Some cases need no robot, and
      saying so is persuasive. Practice fit is a second question. Helpful signs are steady implant volume, cone beam
      imaging in house, an interest in minimally invasive or same-day approaches, associates to be trained, and a
      team that likes protocols. A low volume, a cramped operatory, or an owner near retirement are
      reasons for a different conversation. Individual treatment decisions are never yours.`,
  },
  {
    topic: 'economics',
    title: 'The economics page for a robotic system',
    tags: 'economics ROI sheet capital lease disposable per case breakeven Yomi',
    body: `
      Costs: purchase or lease, disposables for each case, service, training time, operatory changes, and the hours of slower early
      cases. Benefits practices hope for: cases kept that were referred out, new referrals, fewer guides to order, time saved between
      plan and surgery, associates who can place sooner under supervision, differentiation. Only some are measurable in
      advance. Build the sheet with the practice's own implants per month, fee, and guide expense; break-even additional
      cases per month = monthly fixed cost ÷ (contribution per case − disposable). Show the same sheet without any additional cases,
      so the owner sees what is paid for precision alone. Mark each input as known, estimated or hoped. Never promise
      referrals, and let the accountant judge tax.`,
  },
  {
    topic: 'objection-my-hands',
    title: 'Objection: "My hands are good enough"',
    tags: 'objection experienced oral surgeon freehand hands skill robot ego',
    body: `
      They probably are, so do not dispute it. A surgeon with thousands of implants hears a robot pitch as an accusation. Start
      with respect, then move from competence to conditions: the fifth case of the day, the awkward second molar, an
      associate's first sinus-adjacent site, the plan that has to change after the flap. Ask which of their cases they
      would like a second pair of hands for. Experienced surgeons often value the combination of flexibility and restraint, the
      documentation, or teaching, rather than rescue. Offer to observe instead of to present. If possible, arrange a
      conversation with a peer of similar seniority, within company policy. Should the surgeon still decline, ask about partners
      and referrers, and leave the door as you found it.`,
  },
  {
    topic: 'objection-slows-me-down',
    title: 'Objection: "It will slow me down"',
    tags: 'objection time setup learning curve efficiency assistant',
    body: `
      At first, yes. Registration and setup add steps, and the first cases take longer; denying it loses the room. The question is what
      the curve looks like for this team and what time is saved elsewhere: no wait for a printed guide, fewer
      intraoperative checks, flapless approaches where the clinician finds them indicated. Do not quote minutes without a source. Offer a
      way to find out: measure door-to-door time for five present cases, then for the first ten robotic ones, with an
      assistant owning setup. Book lighter days during the ramp. Make the assistant the hero, for her fluency is
      most of the curve. If, after the agreed number, time has not come down to what the practice accepts, be there
      with the trainer and a plan.`,
  },
  {
    topic: 'regulatory',
    title: 'Claims, clearance and patient-facing words',
    tags: 'regulatory FDA clearance claims marketing autonomous advertising compliance',
    body: `
      Robotic systems reach the United States market by FDA clearance for defined uses; new versions have their own. Stay inside that
      wording, including which procedures, arches and implants it covers. "Cleared" is the right word, "approved"
      usually is not. Words such as painless, perfect, autonomous or error-free are wrong and dangerous. Comparative accuracy claims
      need adequate evidence in approved materials. Practices will advertise the robot; offer the manufacturer's
      patient materials and suggest that their own go through review, since dental boards and consumer law apply to them. Patient images and
      testimonials require written consent. Questions about uses beyond the clearance, when a clinician brings them up, go to medical
      affairs. Device problems are reported through the complaint process without delay, whoever is embarrassed.`,
  },
  {
    topic: 'operatory',
    title: 'Space, team and infection control',
    tags: 'installation operatory space assistant sterilisation infection control logistics',
    body: `
      A robot arrives in a real room. Measure doors, aisle, ceiling-mounted arms, chair position, outlets, network and where the cart sleeps.
      Walk the path between rooms if it will be shared. Agree who moves it, who drapes it, who cleans it and how, following the
      manufacturer's reprocessing instructions; single-use parts are single use. Check that imaging exports in the
      needed format and that computers meet requirements. The assistants deserve their own hour: show setup, let them do it
      twice, ask what annoys them. Their list is your punch list. Hygienists and the front desk need two true sentences
      for curious patients. Practices seldom return a machine because of technology. They stop using it as
      the daily friction was never removed, which is a rep's job.`,
  },
  {
    topic: 'training-and-service',
    title: 'Training path, clinical support and service',
    tags: 'training clinical specialist support service warranty software upgrades uptime',
    body: `
      Ask the manufacturer's plan in detail and share it in writing: planning course, simulation, supervised first cases, certification
      criteria, and how later hires are trained. Clarify how long a clinical specialist attends cases, what happens after
      that, and how remote support works at seven in the morning. Service questions: warranty, response
      time, preventive maintenance, loaner policy, software updates included or charged, cybersecurity patches, data
      ownership and backup. Identify a superuser among the assistants and give that person a direct line. Hold a review after
      ten cases with surgeon, assistant and coordinator: what was planned, what was changed, where time went. A surgeon
      forgives a difficult third case when the rep is standing in the corridor; nobody forgives an unanswered telephone.`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Discovery questions for a robotics account',
    tags: 'discovery questions oral surgeon periodontist robot implant demo',
    body: `
      How do you place today, and what decides between freehand and guided? How many implants a month, and which do you
      refer? What happens when a guide does not fit? Who plans, and when in the week? Where do associates struggle? When did
      a plan last change after you began? How do your assistants feel about new equipment? Which operatory would it live in? What do
      referring dentists praise or complain about? What have you read about robotics that you doubt? Who else decides, and
      what did the group buy last? What would you need to see in a demonstration to say yes, and to say no?
      The last answer is the agenda of the demo; write it on the invitation.`,
  },
]);
