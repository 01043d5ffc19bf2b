import { notesOf } from './note.ts';

/** General laser physics and clinic practice; device settings and outcomes are left to labelling and papers. */
export const fractionalLaserNotes = notesOf('fractional-lasers', [
  {
    topic: 'mechanism',
    title: 'Why fractional lasers treat dots and not sheets',
    tags: 'mechanism microthermal treatment zones water chromophore collagen',
    body: `
      A fractional laser splits its beam into many tiny columns. Each column heats or removes a narrow cylinder of
      skin, while the tissue between the columns stays intact and serves as a reservoir for healing. Most resurfacing
      wavelengths target water, which skin has plenty of; how strongly water absorbs a wavelength decides how deep
      it goes and whether tissue is vaporised or only heated. The wound response that follows replaces old tissue and stimulates
      new collagen over weeks to months. Density (how much of the surface is treated) and energy (how deep each
      column goes) are separate choices, which explains why two treatments with the same machine can feel entirely
      different. In a sentence for the office: we injure a fraction on purpose, so that the untouched fraction can
      repair it quickly.`,
  },
  {
    topic: 'ablative-vs-non-ablative',
    title: 'Ablative, non-ablative, hybrid and picosecond',
    tags: 'comparison competitors ablative CO2 erbium non-ablative 1550 1927 hybrid picosecond category',
    body: `
      Ablative fractional lasers (carbon dioxide, erbium YAG) vaporise columns of tissue; they are chosen for deeper
      lines, scars and pronounced sun damage and bring days of visible recovery. Non-ablative fractional lasers (wavelengths
      around 1,440 to 1,570 nm, and 1,927 nm for more superficial pigment) heat columns beneath an intact surface, with
      milder recovery and usually a series of sessions. Hybrid systems deliver both kinds in one pass. Fractional
      picosecond devices create small optical breakdown zones with little heat. None is simply best. The category
      depends on what a clinic's clientele wants to correct, how much downtime they accept, which skin types
      they have, and who operates. Position your device by where it sits on that map, name its
      neighbours respectfully, and ask where the practice already has cover.`,
  },
  {
    topic: 'candidacy-and-skin-type',
    title: 'Candidacy, skin type and the cautious questions',
    tags: 'candidacy Fitzpatrick pigmentation melasma contraindications herpes isotretinoin',
    body: `
      Clinicians weigh the complaint (texture, fine lines, scars, pigment), the skin type, recent sun exposure, history of
      cold sores, abnormal scarring, medicines, pregnancy, infection, and willingness to follow aftercare. In darker skin
      the risk of post-inflammatory pigment change is a central topic: some devices and settings are used there
      with care, some are avoided, and melasma can worsen with heat. The timing of treatment after isotretinoin has
      been reconsidered in the literature and remains the physician's decision. A rep does not select
      candidates. What helps is to know the device's labelled skin types and warnings, to bring the training that covers them, and
      to ask which of these questions the clinic hears most. Overconfidence here is noticed at once and remembered for a long
      time.`,
  },
  {
    topic: 'downtime-and-consult',
    title: 'Consult flow and an honest word about downtime',
    tags: 'consult flow downtime recovery aftercare expectations numbing photographs',
    body: `
      A good laser consultation begins with a mirror and a calendar. What would you like to see change, and when
      must you look presentable? Then come history, photographs in standard light, an explanation of options,
      the number of sessions, comfort measures, recovery day by day, risks, price, consent and a start date. Topical
      numbing takes time that the schedule has to hold. Recovery ranges from hours of redness with gentle
      settings to a week or more of healing with ablative work, and differs from person to person. Clinics that understate it
      collect unhappy telephone calls; clinics that describe it with photographs of each day, taken with consent, collect referrals. A rep can
      supply approved recovery guides and help the staff rehearse that part of the conversation until it sounds calm.`,
  },
  {
    topic: 'economics',
    title: 'Building the economics of a laser with the owner',
    tags: 'economics ROI price lease payment utilisation breakeven capital $150k laser',
    body: `
      A laser is a monthly obligation looking for a calendar. On the cost side stand the payment or depreciation,
      consumable tips where used, service contract after warranty, operator time, room time, numbing and aftercare supplies, marketing and
      card fees. On the income side stand treatments per month, average price actually collected, and packages.
      Break-even treatments per month = fixed monthly cost ÷ (price collected − variable cost per treatment). Fill it in together with
      the owner's figures, then halve the volume and see whether both of you can still sleep. Add a ramp, because month one
      is not month six. Ask what the device replaces: referrals sent out, an old platform with rising repairs, a
      menu gap. Tax treatment belongs to their accountant. Call the result an illustration and never a
      promise.`,
  },
  {
    topic: 'price-objection',
    title: 'Objection: "The laser costs too much"',
    tags: 'objection price capital equipment $150k discount negotiation laser',
    body: `
      "Too much" has at least four meanings: more than a rival quote, more than the cash at hand, more than the
      owner believes she can fill, or more than her partner will approve. Find out which before you answer. Against a rival,
      compare like with like: handpieces, tips, warranty length, service response, training, upgrade path. Against cash, discuss structure:
      lease, deferred start, seasonal payments. Against doubt about volume, build the break-even with
      her own figures and talk about launch support. Against a partner, ask for the meeting. Keep discount for last
      and trade it for something dated and signed. If the numbers do not work at any sensible volume, say so;
      an honest no this year is often a yes when the next room opens.`,
  },
  {
    topic: 'safety-and-regulation',
    title: 'Laser safety and regulatory cautions',
    tags: 'safety regulatory eyewear plume fire laser safety officer state law clearance',
    body: `
      Medical lasers are cleared for stated uses; promotion stays within them. In the room, a clinic needs a
      designated laser safety officer, written policies, wavelength-matched eyewear for everyone, warning signs,
      eye shields when treating near the orbit, plume evacuation for ablative work, fire precautions with oxygen,
      alcohol preps or hair products, and maintenance records. Recognised standards such as ANSI Z136.3 describe
      good practice. Who may operate, and what supervision means, is set state by state and has tightened in some; ask the
      clinic's counsel or board and do not give legal advice. Complications such as burns, infection, scarring
      and pigment change should be named in any balanced conversation. A rep who opens with safety is taken more
      seriously when the talk turns to revenue.`,
  },
  {
    topic: 'service-and-consumables',
    title: 'Service, uptime and consumables',
    tags: 'service consumables warranty tips uptime maintenance total cost',
    body: `
      After price, buyers regret what they did not ask about service. Clarify the warranty length and what it excludes,
      the cost of the contract afterwards, response time in writing, loaner policy, who may service the device,
      software updates, calibration intervals, and whether handpieces are rated for a number of pulses. Consumable tips change the arithmetic
      of each treatment, so list them by treatment and not by box. Secondary-market devices may come without
      manufacturer support, recertification or lawful disposables, which is worth explaining factually to an owner tempted by
      an auction. Put a one-page total cost of ownership beside the quote. It takes the surprise out of year three, and
      it is the page the accountant will look for. Offer the telephone numbers of service before they are needed.`,
  },
  {
    topic: 'demo-day',
    title: 'A demo that decides something',
    tags: 'demo evaluation close logistics power staff live treatment consent',
    body: `
      A demonstration without an agreed decision is theatre. Before bringing the device, settle who attends, who decides, what
      they need to see, and what happens if they see it. Check the outlet, doors, lift, room temperature and parking. The
      company's rules decide whether live treatment is allowed, by whom and with which consents. On the day, let the
      staff hold the handpiece, walk an ordinary appointment from numbing to checkout, and time it. Speak about recovery
      with photographs. Reserve the last twenty minutes for the owner: the economics page, the installation
      date, open questions. Leave one summary with the questions answered in writing next morning. If the decision maker has
      not come, shorten the demo and ask for the second meeting before packing up.`,
  },
  {
    topic: 'spec-sheet',
    title: 'Reading a laser spec sheet: wavelength, pulse, fluence, density',
    tags: 'spec sheet parameters wavelength pulse width millisecond fluence spot density power decode',
    body: `
      Wavelength, in nanometres, says which target absorbs the light: water, melanin, haemoglobin. Pulse width says how
      quickly energy is delivered; compared with the time the target needs to cool, it decides whether heat stays local or spreads.
      Fluence is energy over area. For fractional devices, energy in each column governs depth and density governs how much of the
      surface is treated; raising both at once is where trouble starts. Spot size affects how deep light reaches. Peak power without
      pulse width means little, and average power tells more about speed than about effect. Look further for cooling, scan patterns, handpiece life and
      electrical needs. Compare only like with like, and ask of each number: what would a clinician do differently because of
      it? Settings for a person are never read off a brochure.`,
  },
  {
    topic: 'questions-to-ask',
    title: 'Discovery questions for a laser account',
    tags: 'discovery questions dermatologist medspa practice menu upgrade',
    body: `
      What do people ask for that you send elsewhere or decline? Which device earns its room, and which is a coat
      stand? How many resurfacing treatments did you do last quarter, and in which months? Who operates, and who would like to? What
      was the last complaint about recovery? When does the present lease or service contract end? How do you photograph? What did
      you expect from the last device you bought, and what happened? Who besides you has a say? What would
      make this purchase a mistake? How will you tell your existing clients? Which skin types do you see most? These questions
      take half an hour, and each unanswered one will come back later as an objection. Take notes in
      the doctor's own words.`,
  },
]);
