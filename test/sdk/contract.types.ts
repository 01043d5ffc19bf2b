import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { Api } from '../../sdk/contract/api.ts';
import type * as platform from '../../sdk/contract/platform.ts';
import type * as sdkErrors from '../../sdk/src/errors.ts';
import type { AppId } from '../../server/core/apps.ts';
import type { FailureCode, FailureKind } from '../../server/core/catalog.ts';
import type { PublicFailure } from '../../server/core/failure.ts';
import type { Tier } from '../../server/core/tiers.ts';
import type { AppRouter } from '../../server/rpc/router.ts';
import type { FollowedEvent } from '../../server/runs/events.ts';
import type { Api as FixtureApi } from './fixture-contract/api.ts';
import type { FixtureRouter } from './fixture-router.ts';

/** Checked by tsc alone: the generated contract and the router it came from mean the same types, both ways. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Stripped<T> = T extends { kind: 'subscription' } ? 'stream' : T;

/** tRPC adds `void` where an input may be left out; the SDK says the same by its optional argument. */
type MayBeLeftOut<Input> = undefined extends Input ? Input | Nothing : Input;
type Nothing = ReturnType<() => void>;

/** True for each procedure whose types are equal; a wrong one shows by its name. */
type InputsAgree<Tree, Inputs> = {
  [Key in keyof Tree]: Tree[Key] extends { kind: string; input: infer Input }
    ? Key extends keyof Inputs
      ? Same<MayBeLeftOut<Input>, Inputs[Key]>
      : 'not in the router'
    : Key extends keyof Inputs
      ? InputsAgree<Tree[Key], Inputs[Key]>
      : 'not in the router';
};
type OutputsAgree<Tree, Outputs> = {
  [Key in keyof Tree]: Stripped<Tree[Key]> extends 'stream'
    ? true
    : Tree[Key] extends { kind: string; output: infer Output }
      ? Key extends keyof Outputs
        ? Same<Output, Outputs[Key]>
        : 'not in the router'
      : Key extends keyof Outputs
        ? OutputsAgree<Tree[Key], Outputs[Key]>
        : 'not in the router';
};
type AllTrue<Tree> = { [Key in keyof Tree]: Tree[Key] extends boolean | string ? true : AllTrue<Tree[Key]> };

function agree<Claims extends AllTrue<Claims>>(): Claims | undefined {
  return undefined;
}

export const checks = [
  agree<InputsAgree<Api, inferRouterInputs<AppRouter>>>(),
  agree<OutputsAgree<Api, inferRouterOutputs<AppRouter>>>(),
  agree<InputsAgree<FixtureApi, inferRouterInputs<FixtureRouter>>>(),
  agree<OutputsAgree<FixtureApi, inferRouterOutputs<FixtureRouter>>>(),
  agree<{
    nothingMissing: Same<keyof Api, keyof inferRouterInputs<AppRouter>>;
    nothingMissingInRuns: Same<keyof Api['runs'], keyof inferRouterInputs<AppRouter>['runs']>;
    items: Same<Api['runs']['follow']['item'], FollowedEvent>;
    apps: Same<platform.AppId, AppId>;
    tiers: Same<platform.Tier, Tier>;
    codes: Same<platform.FailureCode, FailureCode>;
    kinds: Same<platform.FailureKind, FailureKind>;
    failures: Same<sdkErrors.PublicFailure, PublicFailure>;
  }>(),
];

// @ts-expect-error a planted difference is caught
agree<InputsAgree<{ list: { kind: 'query'; input: { a: string } } }, { list: { a: number } }>>();
