// Generated from the running router by `npm run sdk:generate`. Do not edit.

/** How a procedure is called. `public`: needs no sign-in; with `cacheSeconds` its answer may be kept by a CDN. */
export interface ProcedureFlags {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly public?: boolean;
  readonly cacheSeconds?: number;
}

export const procedures: { readonly [path: string]: ProcedureFlags } = {
  'agents.list': { kind: 'query', public: true, cacheSeconds: 60 },
  'contacts.save': { kind: 'mutation' },
  'identity.getSession': { kind: 'query' },
  'identity.renewToken': { kind: 'mutation', public: true },
  'identity.signOut': { kind: 'mutation', public: true },
  'identity.startGuest': { kind: 'mutation', public: true },
  'probe.act': { kind: 'mutation' },
  'probe.ask': { kind: 'query' },
  'probe.ticks': { kind: 'subscription' },
  'runs.cancel': { kind: 'mutation' },
  'runs.follow': { kind: 'subscription' },
  'runs.start': { kind: 'mutation' },
  'runs.startAndFollow': { kind: 'subscription' },
};
