import { notesOf } from './note.ts';

/** General implant dentistry; system-specific values are left to the manufacturers' instructions for use. */
export const allOn4Notes = notesOf('all-on-4-implants', [
  {
    topic: 'concept',
    title: 'What the All-on-4 concept is',
    tags: 'mechanism concept full-arch immediate load tilted implants fixed bridge',
    body: `
      The All-on-4 treatment concept restores a whole arch with a fixed bridge on four implants, usually two upright in
      front and two tilted behind. Tilting the posterior implants lets longer implants engage bone while avoiding the
      sinus in the upper jaw and the nerve in the lower, shortens the cantilever, and often reduces the need for
      grafting. Where initial stability satisfies the surgeon, a provisional bridge can be attached soon
      after surgery, commonly the same day, with a definitive prosthesis after healing. All-on-4 is a trademark of
      Nobel Biocare, so use the name for that concept and "full-arch fixed implant treatment" for
      the category. Other systems and other implant numbers serve the same goal. Number, position and
      loading are decisions of the treating team, made from imaging and examination.`,
  },
  {
    topic: 'candidacy',
    title: 'Who is considered for full-arch treatment',
    tags: 'candidacy edentulous terminal dentition bone medical history smoking diabetes',
    body: `
      Teams generally consider people who have lost the teeth of an arch, or whose remaining teeth cannot be kept, and who
      want something fixed. Assessment covers medical history, bone volume and quality on three-dimensional imaging,
      smile line, bite, jaw relation, gum condition, habits such as clenching, ability to clean, and
      expectations. Factors such as uncontrolled systemic disease, heavy smoking, certain bone-affecting medicines or previous
      radiation to the jaw raise the risk and call for specialist judgement. Alternatives deserve an honest hearing:
      keeping teeth, conventional dentures, implant-retained removable dentures, more implants, or grafting first. A rep
      should know that "full arch for everybody" is a phrase that makes careful clinicians wince. Useful question: which cases do you
      refer out today, and what would have to change for you to keep them?`,
  },
  {
    topic: 'workflow',
    title: 'The full-arch case from first call to maintenance',
    tags: 'workflow consult flow records surgery conversion prosthesis laboratory maintenance',
    body: `
      A full-arch case is a relay. The enquiry is answered and qualified; a consultation explains choices and cost;
      records follow, typically photographs, intraoral scans or impressions, and a cone beam scan. Surgeon, restorative dentist and
      laboratory plan backward from the teeth. On the day come extractions and bone shaping where
      needed, implant placement, checks of stability, abutments, and conversion of a provisional bridge. Healing
      takes months, with soft-food instructions and reviews. Then definitive records, try-in, delivery, hygiene visits and,
      sooner or later, repairs. Every hand-over is a place where time or trust is lost. Ask the practice to
      walk you through its last case, and note who owned each step. The answer shows whether they need
      components, training, a laboratory partner or a treatment coordinator.`,
  },
  {
    topic: 'stability-and-loading',
    title: 'Primary stability and immediate loading in plain words',
    tags: 'primary stability insertion torque immediate load osseointegration',
    body: `
      Two kinds of stability matter. Primary stability is mechanical: how firmly the implant sits in bone at
      placement, influenced by bone density, drill protocol and implant design. Secondary stability is biological and
      grows as bone heals against the surface, called osseointegration. During the weeks in which the first
      declines and the second rises, movement is the enemy, so splinting implants with a rigid bridge and
      controlling the bite are important. Surgeons judge readiness for immediate load by measures such as insertion torque
      or resonance frequency together with clinical sense; each manufacturer states its own values in the
      instructions for use. If the criteria are not met, delayed loading is good care and no failure. Reps should never quote
      a threshold from memory or press for teeth in a day.`,
  },
  {
    topic: 'system-differences',
    title: 'Comparing implant systems by category',
    tags: 'competitors comparison connection surface premium value system components',
    body: `
      Implant systems differ in body design (taper, thread, tip), connection (internal conical, internal hex, external hex),
      surface treatment, material, range of multi-unit abutments, surgical kit, digital libraries, and support. They
      are often grouped as premium, with deep documentation and education, and value, with a lower price for
      components; several large groups own both. None of these groups is uniformly better for every practice. What tends to
      decide is the surgeon's familiarity, parts available next morning, laboratory experience, published
      follow-up for the very configuration, and who answers the telephone when a screw strips. Compare at the level of
      a finished case: every implant, abutment, screw, temporary part, driver and repair. Mixing parts across makers raises questions of
      fit, warranty and regulatory clearance that belong with the manufacturers.`,
  },
  {
    topic: 'economics',
    title: 'Economics of a full-arch programme',
    tags: 'economics chair time fee laboratory cost financing case acceptance ROI',
    body: `
      A full-arch case is a large purchase for the person treated and a long production for the practice. Income is a single
      global fee or staged payments; costs include implants and abutments, laboratory work for provisional and definitive
      prostheses, imaging, sedation or anaesthesia, surgical and restorative hours, marketing, coordinator time, and a
      reserve for repairs. Insurance contribution is often limited, and third-party financing is common. Because fees and
      costs vary so much, use the practice's own: cases begun per month, share of consultations that proceed,
      average time from first call to surgery, remakes. A small rise in acceptance or a saved laboratory
      remake often outweighs a component discount, and you can show that on one page with their figures.
      Label the sheet an illustration, since income is never guaranteed.`,
  },
  {
    topic: 'objection-current-system',
    title: 'Objection: "I am not changing implant systems"',
    tags: 'objection switching cost inventory laboratory incumbent',
    body: `
      The surgeon is right that changing is costly: drill kits, inventory, training for assistants, scan bodies, laboratory
      libraries, and years of patients wearing the old parts. Acknowledge the list before she has to recite it. Then separate
      replacing from adding. A second system can be justified by a situation the current one serves poorly, such as soft
      bone, a narrow ridge, a particular referrer's preference, or a full-arch workflow with better support. Offer to carry part of the
      burden within company policy: trial kit, consignment terms, a case with a clinical specialist present,
      direct talks with the laboratory. Agree beforehand what the trial is to show and how you will both
      judge it. If nothing in the present system hurts, thank her and ask when she will next review it.`,
  },
  {
    topic: 'complications',
    title: 'Complications every rep should be able to name',
    tags: 'safety complications peri-implantitis prosthesis fracture maintenance failure',
    body: `
      Full-arch treatment is surgery plus a machine worn in the mouth. Biological complications include failure of an
      implant to integrate, infection, inflammation around implants (mucositis and peri-implantitis), nerve
      disturbance and sinus problems. Mechanical and prosthetic ones include fracture of provisional or definitive bridges, loose
      or broken screws, wear, speech change and difficulty cleaning. Risks vary by patient and plan; published rates depend on
      definitions and follow-up, so do not recite one without the paper. What a rep can do is
      make support visible: availability of replacement parts, warranty conditions, instructions for maintenance,
      hygiene training, a named person in technical service. Complaints about a device are reported through the
      company's process promptly. Practices remember who turned up on the bad day.`,
  },
  {
    topic: 'laboratory',
    title: 'The laboratory is in the room even when it is absent',
    tags: 'laboratory digital workflow zirconia PMMA scan bodies verification',
    body: `
      The dental laboratory designs and makes what the patient sees and bites on. It decides whether a new component
      library is convenient, whether passive fit can be verified, which materials are feasible (milled or printed
      provisional resins, titanium bars, zirconia) and how quickly a broken bridge is replaced. Some practices mill and print in
      house; some use photogrammetry or other scanning methods for full-arch accuracy. A change of implant system that
      ignores the laboratory stalls at the first case. Visit the lab before the surgeon signs. Ask which
      libraries they hold, which cases come back, what they wish every surgeon sent, and how they prefer to
      communicate. Bringing surgeon, restorative dentist and technician to one table for half an hour is
      among the most valuable things a rep can arrange.`,
  },
  {
    topic: 'training-and-support',
    title: 'Training paths and the first cases',
    tags: 'training education mentoring proctor team treatment coordinator service',
    body: `
      Full-arch treatment is learned in steps: didactic courses, planning with a mentor, observation, supervised cases,
      then independence with help on call. The team learns with the doctor. Assistants need the kit and the conversion routine;
      hygienists need maintenance protocol; the treatment coordinator needs language for cost, time and alternatives. State
      rules govern sedation and who may do what. A rep maps this path before the order: who attends which course,
      who is present at case one, what is on the checklist the week before, whom to call at seven in the morning. Agree
      on the first three cases and debrief each. Education offered to clinicians must follow company policy on
      value transfers. If the practice has no time for training, it has no time for the programme, and saying so
      early saves both sides money.`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Discovery questions for an implant team',
    tags: 'discovery questions oral surgeon prosthodontist DSO',
    body: `
      For the surgeon: how many arches did you begin last quarter, and how many did you send elsewhere? What makes a case
      long? Which part do you run out of? When did a system last let you down, and who helped? For the restorative dentist: where
      do you lose time between surgery and delivery? How often does a provisional break? For the coordinator: what do
      people say when they do not proceed? How many days pass between enquiry and consultation? For the laboratory:
      which cases do you dread? For the owner or group: how do you decide on standard systems, who may
      deviate, and when does the current agreement end? Write down their words exactly. A proposal that repeats them
      needs less persuasion than any brochure.`,
  },
]);
