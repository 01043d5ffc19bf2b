import { notesOf } from './note.ts';

/** Short orientation for the procedures that have an expert but are none of the six domains of the product. */
export const procedurePrimerNotes = notesOf('procedure-primers', [
  {
    topic: 'filler-families',
    title: 'Filler families: hyaluronic acid, calcium hydroxylapatite, poly-L-lactic acid',
    tags: 'filler fillers hyaluronic acid HA calcium hydroxylapatite CaHA poly-L-lactic acid PLLA biostimulator',
    body: `
      Hyaluronic acid gels hold water and shape; they differ in concentration, cross-linking and flow, and they can be
      dissolved with the enzyme hyaluronidase. Calcium hydroxylapatite consists of small mineral spheres in a carrier gel; it gives
      support at once and stimulates collagen as the carrier fades. Poly-L-lactic acid is given as a
      suspension whose particles prompt a gradual collagen response over a series of sessions, so it is planned for months. The latter
      two cannot be dissolved by the enzyme. Each product has its own approved areas, depths and age limits in the
      labelling. For a rep, the order of talk is purpose, family, product: what is the tissue to do, which family
      does that, and which item on this clinic's shelf fits its label.`,
  },
  {
    topic: 'filler-rheology',
    title: 'G prime and the other words injectors use for gels',
    tags: 'filler rheology G prime elasticity cohesivity viscosity lift spread injector mean',
    body: `
      G prime, the elastic modulus, describes how strongly a gel springs back when it is deformed. A high value suggests a firmer gel
      that resists pressure, a low one a softer gel that moves more easily. Cohesivity is how well the gel holds together
      and resists being pulled into pieces; viscosity relates to flow; swelling to how much water it takes up. Laboratories measure these in
      different ways, so numbers from two makers may not be comparable, and no single one predicts a clinical
      result. Injectors use the words as shorthand for feel: where a gel stays, how it lifts, how it moves with
      expression. When one is used, ask what the injector looks for in that area. It is better to be curious about
      their hand than to recite a modulus.`,
  },
  {
    topic: 'filler-safety',
    title: 'Vascular occlusion and readiness for it',
    tags: 'filler safety vascular occlusion hyaluronidase emergency protocol readiness complications',
    body: `
      The complication every filler conversation must be able to name is vascular occlusion: filler enters or compresses a blood
      vessel and tissue downstream loses supply. It is uncommon and can be serious, including skin loss and, very
      rarely, vision loss. Clinics prepare with anatomy training, technique, recognition drills, a written protocol, hyaluronidase
      on hand where hyaluronic acid gels are used, and a referral route for visual symptoms. A rep can raise
      readiness calmly: "When did the team last walk through the emergency protocol, and is anything in the kit near its
      expiry?" Offer approved education and the company's medical contact. Do not advise on treatment. Report what you learn of
      adverse events. Talking about it does not frighten good injectors; silence does.`,
  },
  {
    topic: 'filler-shelf',
    title: 'A clinic that stocks several filler brands',
    tags: 'filler brands stock shelf inventory portfolio loyalty ordering practice four',
    body: `
      Several brands on one shelf may mean thoughtful choice or accumulated habit; find out which. Ask what each is used
      for, who reaches for it, what expires, how reordering happens, and which contract or rebate tier holds the
      mix together. Look for duplicates, two gels for the same task bought for different people, and for gaps in which an
      injector improvises. Clients ask for brand names, so the front desk's words matter too. A helpful rep draws
      the shelf as a grid of tasks and products with the team, on label, and offers to remove something before adding. If
      your product duplicates a favourite, admit it and look for the empty square. Training days and dependable
      delivery usually win more than a lower price for the box.`,
  },
  {
    topic: 'skincare-retail',
    title: 'Selling skincare in a clinic without feeling salesy',
    tags: 'skincare retail recommendation salesy aesthetician routine reorder sell practice',
    body: `
      People buy from a recommendation they understand. Tie each product to something just seen in the mirror, name one
      job, show how to use it, and write it down: "You mentioned dryness. This is for the evening; a pea-sized amount."
      One or two items are better than seven. The person who performs the treatment recommends, the front desk completes, and a reminder
      goes out when the bottle should be running low. Staff who use the range themselves speak naturally.
      Train with real cases that carry no names, and praise the quality of a recommendation rather than the size of a sale. Keep testers in
      date and prices visible. If a client says no, note the reason and drop it. Consistency over months makes retail
      grow; pressure makes clients avoid the mirror.`,
  },
  {
    topic: 'skincare-retinoids',
    title: 'The retinoid family in order',
    tags: 'skincare retinoids retinol retinal retinaldehyde tretinoin adapalene prescription ingredient catalogue',
    body: `
      Retinoids are relatives of vitamin A. Retinyl esters, retinol and retinal (retinaldehyde) are cosmetic ingredients that
      the skin converts, in steps, toward retinoic acid; retinal is one step nearer than retinol. Tretinoin is retinoic acid itself and
      a prescription drug in the United States; tazarotene is prescription too, and adapalene is sold without one
      at a low strength for acne. Irritation, dryness and sun sensitivity are common themes, and introduction is
      usually gradual. Pregnancy is a reason to ask a clinician first. Concentrations on labels cannot be compared across the family or even
      across formulas, since vehicle and stability matter. Cosmetic retinoids may speak of appearance; claims about treating
      acne or altering skin structure belong to drugs.`,
  },
  {
    topic: 'skincare-shelf',
    title: 'A tidy retail shelf',
    tags: 'skincare shelf retail display core range stock testers merchandising tidy look',
    body: `
      A good shelf can be read from the chair. Arrange it by job rather than by brand: cleanse, treat, hydrate, protect, with
      sunscreen at eye level. Keep a core range small enough for each staff member to explain every item in a sentence. One facing clean, priced
      and dusted is better than six of a slow mover. Mark testers with the opening date. Set a minimum stock for each
      core item and one day a week to count. Retire duplicates and anything that has not sold in a season, unless it
      serves a particular procedure. Put a routine card beside the products so that the choice becomes a plan.
      Ask to see the stockroom: what hides there tells more about ordering than the display does. Photograph before and
      after, without clients in view.`,
  },
  {
    topic: 'skincare-claims',
    title: 'Cosmetic claim or drug claim?',
    tags: 'skincare claims cosmetic drug regulatory FDA structure function test wording',
    body: `
      In the United States intended use, shown largely by words, separates the two. Cosmetics cleanse, beautify or change appearance:
      "reduces the look of fine lines" speaks of appearance. Claims to treat or prevent disease, or to affect the structure or function of
      the body, make a product a drug: "stimulates collagen", "treats acne", "heals eczema". Sunscreens and many acne products
      are over-the-counter drugs with rules of their own. A product can be both. Testimonials, social posts and a rep's spoken promise
      count as claims as well. A quick test: does the sentence describe how skin looks, or what the product does inside
      it? When unsure, use the maker's approved wording or ask regulatory colleagues. "Clinically proven" needs the
      proof for that very statement.`,
  },
  {
    topic: 'aligner-workflow',
    title: 'The clear aligner workflow from scan to retainer',
    tags: 'orthodontics aligner aligners workflow scan setup attachments refinement retainer retention',
    body: `
      It begins with examination, diagnosis and records: photographs, radiographs as indicated, and an intraoral scan. The doctor
      submits a prescription; a technician or software proposes a digital setup; the doctor revises it, because the plan is hers and
      not the software's. Aligners are made, attachments bonded, perhaps small amounts of enamel reduced between
      teeth, wear explained and monitored at visits or remotely. Teeth do not always follow the plan, so refinement
      scans and additional aligners are normal. At the end attachments come off and retainers are made, with the talk about lifelong
      retention that should have begun on day one. For each step ask who does it, how long it takes, and where cases pause.
      Most delay sits between the scan and the presentation.`,
  },
  {
    topic: 'orthodontist-vs-gp',
    title: 'What orthodontists and general dentists want differently',
    tags: 'orthodontics orthodontist GP general dentist specialist difference referral account',
    body: `
      The orthodontist has finished a residency in tooth movement and wants control: staging, biomechanics, attachment design, choice of
      brackets or aligners, software that obeys, efficient chairs, growth of referrals. Talk of ease can sound like
      disrespect. The general dentist offers aligners among many services and wants clarity: which cases to accept, support with plans, predictable
      visits, a confident coordinator, help when something drifts, and a way to refer what is too complex without
      losing the family. Price structures and education differ for the two. Never set them against each other; they send
      one another patients. Ask the specialist what she would like referring dentists to know, and the generalist
      which cases he would rather pass on. Both answers make you useful to both.`,
  },
  {
    topic: 'scanner-without-starts',
    title: 'A scanner in the office and no case starts',
    tags: 'orthodontics scanner intraoral case starts adoption coordinator conversation step one',
    body: `
      A scanner creates nothing until somebody talks about the picture. Step one is to watch where the scan ends: in the chart, or
      on a screen in front of the patient with a question, "What do you notice?" Choose one kind of visit for
      scanning, such as new patients, so that it becomes routine. Name a person who presents treatment, and train that person with role-play
      on findings, options, fees and time, without judging anybody's smile. Offer payment choices clearly. Keep a list of everyone
      scanned with the next contact date. Count four numbers a week: scans, conversations, presentations, starts. The
      biggest drop shows what to fix first. Hygienists often spot interest earliest, so include them. Clinical suitability
      stays with the doctor.`,
  },
  {
    topic: 'aligner-ramp',
    title: 'A twelve-week ramp for a new aligner account',
    tags: 'orthodontics aligner ramp launch plan weeks account onboarding training 12-week',
    body: `
      Weeks one and two: portal access, scanner check, team roles, one staff case chosen by the doctor. Weeks three and four: doctor's course
      on case selection, coordinator's role-play, fee sheet with payment options. Weeks five and six: first two patient cases, setup
      review with a clinical adviser, attachment appointment observed. Weeks seven and eight: routine scanning at one
      visit type, list of undecided patients, follow-up script. Weeks nine and ten: progress checks, what a refinement is, retention protocol. Weeks
      eleven and twelve: review of counts and time, difficult questions, agreement on the next quarter. One modest
      goal for each fortnight, written on a single page that hangs in the staff room. Visit every second week and shorten the
      list each time. If cases beyond the doctor's comfort appear, help arrange a referral.`,
  },
  {
    topic: 'ceramics',
    title: 'Lithium disilicate or zirconia?',
    tags: 'cosmetic dentistry veneers ceramics lithium disilicate e.max zirconia porcelain translucency strength choose',
    body: `
      Feldspathic porcelain is the most delicate and most lifelike, layered by hand and bonded. Lithium disilicate is a glass ceramic
      with good translucency; it can be etched and bonded, which makes it a favourite for veneers and many
      single crowns. Zirconia is a strong polycrystalline ceramic; older grades are opaque, newer ones trade some
      strength for translucency; it is often cemented, is not etched like glass, and suits higher loads. Composite is
      repairable and conservative. Dentists choose by position, preparation, colour of the tooth beneath, bite,
      habits, and what their laboratory does best. Grades within a family differ much, so the maker's indications count. In
      conversation ask which case in the last month was hardest to match, and what the ceramist
      suggested.`,
  },
  {
    topic: 'choosing-a-laboratory',
    title: 'How cosmetic dentists choose a laboratory',
    tags: 'cosmetic dentistry laboratory lab choose ceramist remakes communication shade partnership dentists',
    body: `
      Dentists stay with a laboratory that makes them look good on a difficult Tuesday. They look at fit and shade on the
      first try, honest advice before preparation, predictable dates, a named ceramist who answers, clear photographs and shade protocol,
      material range, digital compatibility, remake policy, and price, usually in that order. Distance matters less with digital
      files, though many like an in-person shade visit for front teeth. A laboratory in turn values complete prescriptions,
      good scans and margins, photographs in proper light, and time. A rep can connect the two: bring a checklist for photographs, suggest a
      trial case with an agreed debrief, and ask both sides privately what they wish the other did. A
      single shared case review does more than a brochure.`,
  },
  {
    topic: 'whitening',
    title: 'Whitening: a better conversation',
    tags: 'cosmetic dentistry whitening bleaching peroxide sensitivity pitch shade tray in-office',
    body: `
      Whitening uses peroxide, in the office at higher strength or at home in trays at lower strength, to oxidise coloured
      compounds in teeth. It does not change crowns, veneers or fillings, which is why it commonly comes before
      shade selection. Sensitivity and gum irritation are the usual complaints, mostly temporary; results vary and fade. An
      examination first is the dentist's rule, since discoloration can have causes that need care. To brighten the pitch, talk about
      the visit and not the peroxide: it is a gentle entry to cosmetic dentistry, easy to plan before an event, and a
      reason for hygiene visits. Ask when the team offers it, who explains the two ways, and
      what happens when sensitivity calls come in. Promise no number of shades.`,
  },
  {
    topic: 'smile-design',
    title: 'What happens in a proper smile design consult',
    tags: 'cosmetic dentistry smile design consult mock-up wax-up photographs try-in veneers',
    body: `
      It starts with listening: what does the person like, dislike and fear to lose? Then an examination, because gum health, decay,
      bite and habits come before beauty. Photographs and video in standard poses, scans, perhaps radiographs.
      The dentist studies face, lip line, midline, proportion, gum contour and phonetics, then designs digitally or in wax with the
      laboratory. A mock-up in the mouth lets the person see and speak with the proposal before any tooth is
      touched. Changes are made, alternatives discussed, including whitening, alignment or nothing, then fees, sequence, consent. Preparation,
      provisional as a dress rehearsal, try-in, delivery and protection follow. Ask the team which step is skipped
      when the day is busy. The answer usually explains the remakes.`,
  },
]);
